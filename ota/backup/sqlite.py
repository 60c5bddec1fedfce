"""SQLite's part: its online backup, which sees what is in the log (WAL), and the way back.

* The copy is of one moment: the connection that is copied from holds one read transaction.
* `PRAGMA user_version` of a copy is `COPY`, until a restore has ended. So a copy that was put in
  place by hand, or a restore that was cut off, is told from a database that is in use.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ConnectionHandler

from ota.backup.database import DatabaseContent, Say, content, require_rows, require_unused
from ota.backup.manifest import BackupManifest, NoBackup, TableManifest
from ota.backup.places import Place
from ota.backup.progress import Progress

NAME: Final = "database/db.sqlite3"
COPY: Final = 0x45464250  # "EFBP"
PAGES: Final = 2048  # a step: 8 MiB of 4 KiB pages


class Sqlite:
    """The embedded default's database."""

    def save(self, place: Place, say: Say) -> DatabaseContent:
        """See `Database`."""
        with place.making(NAME) as path, _opened(path) as copy:
            copied(_raw(), copy, Progress("database", "pages", say))
            _alone(copy)
            copy.execute(f"PRAGMA user_version = {COPY}")
            _require_sound(copy)
            tables = {name: TableManifest(rows) for name, rows in _rows(copy).items()}
            return content(lambda sql: copy.execute(sql).fetchall(), tables)

    def check(self, place: Place, manifest: BackupManifest) -> None:
        """See `Database`."""
        with _local(place) as path, _opened(path) as copy:
            _require_sound(copy)
            require_rows(_rows(copy), manifest)

    def require_empty(self) -> None:
        """See `Database`."""
        raw = _raw()
        if not is_copy():
            require_unused(_rows(raw))

    def load(self, place: Place, manifest: BackupManifest, finish: Callable[[], None]) -> None:
        """See `Database`."""
        del manifest
        with _local(place) as path, _opened(path) as copy:
            copied(copy, _raw(), Progress("database", "pages", lambda _: None))
        connection.close()
        call_command("migrate", verbosity=0, interactive=False)
        with transaction.atomic():
            finish()
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA user_version = 0")


def is_copy() -> bool:
    """Tell whether this database is a copy whose restore has not ended."""
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        return bool(cursor.execute("PRAGMA user_version").fetchone()[0] == COPY)


def _raw() -> sqlite3.Connection:
    connection.ensure_connection()
    return cast("sqlite3.Connection", connection.connection)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A file with Django's functions, which constraints of tables are made of."""
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}
    opened = ConnectionHandler({"default": entry})["default"]
    opened.ensure_connection()
    try:
        yield cast("sqlite3.Connection", opened.connection)
    finally:
        opened.close()


def copied(
    source: sqlite3.Connection, target: sqlite3.Connection, progress: Progress, pages: int = PAGES
) -> None:
    """All pages as they are now, even while others write."""
    begun = not source.in_transaction
    if begun:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    try:
        source.backup(
            target, pages=pages, progress=lambda _, left, of: progress.at(of - left, of), sleep=0.05
        )
    finally:
        if begun:
            source.execute("ROLLBACK")


def _alone(copy: sqlite3.Connection) -> None:
    """One file, without a log beside it."""
    copy.execute("PRAGMA journal_mode = DELETE")


def _require_sound(copy: sqlite3.Connection) -> None:
    try:
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        broken = copy.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise NoBackup(f"The copy of the database is damaged: {error}.") from error
    if found != "ok" or broken:
        raise NoBackup(f"The copy of the database is damaged: {broken or found}.")


def _rows(raw: sqlite3.Connection) -> Mapping[str, int]:
    names = raw.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return {name: _count(raw, name) for (name,) in names.fetchall()}


def _count(raw: sqlite3.Connection, name: str) -> int:
    return int(raw.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - its own


@contextmanager
def _local(place: Place) -> Iterator[Path]:
    """The copy as a file that may be opened: reading must change nothing of the backup."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-restore-") as folder:
        path = Path(folder) / "copy.sqlite3"
        with place.open(NAME) as source, path.open("wb") as file:
            while piece := source.read(PAGES * 4096):
                file.write(piece)
        yield path
