"""The database's part of a backup: what every kind of database has to give and to take."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from fleet.lib.errors import Conflict, Refused
from ota.backup.manifest import BackupManifest, NoBackup, TableManifest, unknown_migrations
from ota.backup.places import Place

Ask = Callable[[str], Sequence[tuple[Any, ...]]]
Say = Callable[[str], None]
# Rows that a migrated database has before anybody has used it.
OWN: Final = frozenset(
    {
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
        "django_session",
        "sqlite_sequence",
    }
)


class Database(Protocol):
    """One kind of database. `load` is done whole or not at all."""

    def save(self, place: Place, say: Say) -> "DatabaseContent":
        """Write a consistent copy of the database, as it is at one moment, while others write."""
        ...

    def check(self, place: Place, manifest: BackupManifest) -> None:
        """Raise NoBackup if the copy does not hold what the manifest says."""
        ...

    def require_empty(self) -> None:
        """Raise Conflict if anybody has used this database."""
        ...

    def load(self, place: Place, manifest: BackupManifest, finish: Callable[[], None]) -> None:
        """Bring the copy back, migrate it to now, and call `finish` before anybody sees it."""
        ...


@dataclass(frozen=True)
class DatabaseContent:
    """What a copy holds."""

    tables: Mapping[str, TableManifest]
    migrations: tuple[str, ...]
    epoch: int
    metadata: Mapping[str, int]
    blobs: Mapping[str, int]


def here() -> Database:
    """Return the kind of DATABASE_URL."""
    from ota.backup import postgresql, sqlite  # noqa: PLC0415 - each knows this module

    kinds: dict[str, Database] = {
        "sqlite": sqlite.Sqlite(),
        "postgresql": postgresql.Postgresql(),
    }
    if connection.vendor not in kinds:
        raise Refused(f"Backups know {' and '.join(kinds)}, not {connection.vendor}.")
    return kinds[connection.vendor]


def content(ask: Ask, tables: Mapping[str, TableManifest]) -> DatabaseContent:
    """Read the rest of what a manifest says, from the copy or from its very moment."""
    if "django_migrations" not in tables:
        raise Conflict("The database has no tables yet: there is nothing to keep.")
    applied = ask("SELECT app, name FROM django_migrations ORDER BY app, name")
    epoch = ask("SELECT max(number) FROM ota_epoch") if "ota_epoch" in tables else ()
    versions = ask("SELECT role, max(version) FROM ota_tufmetadata GROUP BY role ORDER BY role")
    return DatabaseContent(
        tables=tables,
        migrations=tuple(f"{app}.{name}" for app, name in applied),
        epoch=int(epoch[0][0] or 0) if epoch else 0,
        metadata={role: int(version) for role, version in versions},
        blobs={sha256: int(size) for sha256, size in ask(BLOBS)},
    )


BLOBS: Final = (
    "SELECT sha256, size_bytes FROM registry_blob WHERE discarded_at IS NULL ORDER BY sha256"
)


def require_readable(manifest: BackupManifest) -> None:
    """Raise NoBackup for a backup of another kind of database, or of a newer service."""
    if manifest.database != connection.vendor:
        raise NoBackup(
            f"The backup is of {manifest.database}, and DATABASE_URL is {connection.vendor}: "
            "a backup goes back into a database of its own kind."
        )
    known = [f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations]
    if newer := unknown_migrations(manifest, known):
        raise NoBackup(
            f"The backup was made by a newer EdgeFleet ({manifest.service}), which knows "
            f"{newer[0]}: restore it with that one."
        )


def require_rows(found: Mapping[str, int], manifest: BackupManifest) -> None:
    """Raise NoBackup where tables do not have the rows that the manifest counts."""
    wanted = {name: table.rows for name, table in manifest.tables.items()}
    wrong = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    if wrong:
        name = wrong[0]
        raise NoBackup(
            f"The table {name} has {found.get(name)} rows in the copy, "
            f"and {wanted.get(name)} by the manifest."
        )


def require_unused(rows: Mapping[str, int]) -> None:
    """Raise Conflict if a table holds what people or devices have brought."""
    used = sorted(name for name, number in rows.items() if number and name not in OWN)
    if used:
        raise Conflict(
            f"The database is not empty: {used[0]} has {rows[used[0]]} rows. "
            "Restore into an empty one (another DATABASE_URL, or another EDGEFLEET_VAR)."
        )
