"""PostgreSQL's part: every table by COPY in one REPEATABLE READ transaction, and the way back.

No program of the server's is needed, and its version does not matter. The way back is one
transaction: tables are made as they were by the migrations of that time, filled, and migrated on.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from fleet.lib.errors import Conflict
from fleet.lib.hashing import chunks
from ota.backup.database import DatabaseContent, Say, content, require_rows, require_unused
from ota.backup.manifest import BackupManifest, NoBackup, TableManifest
from ota.backup.places import Place
from ota.backup.progress import Progress

SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
TABLES: Final = (
    "SELECT table_name FROM information_schema.tables "
    "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"
)
COLUMNS: Final = (
    "SELECT column_name FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER' "
    "ORDER BY ordinal_position"
)
# What triggers call; the migrations make them again.
GUARDS: Final = (
    "SELECT oid::regprocedure::text FROM pg_proc "
    "WHERE pronamespace = current_schema()::regnamespace AND prorettype = 'trigger'::regtype"
)
SERIAL: Final = "SELECT pg_get_serial_sequence(%s, %s)"


class Postgresql:
    """The database of production."""

    def save(self, place: Place, say: Say) -> DatabaseContent:
        """See `Database`."""
        with transaction.atomic():
            if not connection.savepoint_ids:
                _execute(SNAPSHOT)
            names = [name for (name,) in _ask(TABLES)]
            progress, tables = Progress("database", "tables", say), {}
            for number, name in enumerate(names, start=1):
                tables[name] = _out(place, name)
                progress.at(number, len(names))
            return content(_ask, tables)

    def check(self, place: Place, manifest: BackupManifest) -> None:
        """See `Database`."""
        found = {}
        for name in manifest.tables:
            with place.open(_file(name)) as file:
                found[name] = sum(piece.count(b"\n") for piece in chunks(file))
        require_rows(found, manifest)

    def require_empty(self) -> None:
        """See `Database`."""
        names = [name for (name,) in _ask(TABLES)]
        if names and "django_migrations" not in names:
            raise Conflict(f"The database is not empty: it has a table {names[0]}.")
        counts = {name: int(_ask(f"SELECT count(*) FROM {_quoted(name)}")[0][0]) for name in names}  # noqa: S608 - the server's own names
        require_unused(counts)

    def load(self, place: Place, manifest: BackupManifest, finish: Callable[[], None]) -> None:
        """See `Database`."""
        with transaction.atomic():
            for (name,) in _ask(TABLES):
                _execute(f"DROP TABLE {_quoted(name)} CASCADE")
            for (name,) in _ask(GUARDS):
                _execute(f"DROP FUNCTION {name}")
            _migrate(manifest.migrations)
            with _unguarded(manifest.tables):
                for name, table in manifest.tables.items():
                    _in(place, name, table)
            call_command("migrate", verbosity=0, interactive=False)
            finish()


def _out(place: Place, name: str) -> TableManifest:
    columns = tuple(column for (column,) in _ask(COLUMNS, name))
    listed = ", ".join(_quoted(column) for column in columns)
    with place.making(_file(name)) as path, path.open("wb") as file, connection.cursor() as cursor:
        with cursor.cursor.copy(f"COPY {_quoted(name)} ({listed}) TO STDOUT") as copied:
            for piece in copied:
                file.write(piece)
        rows = cursor.cursor.rowcount
    return TableManifest(rows, columns)


def _in(place: Place, name: str, table: TableManifest) -> None:
    listed = ", ".join(_quoted(column) for column in table.columns)
    with place.open(_file(name)) as file, connection.cursor() as cursor:
        with cursor.cursor.copy(f"COPY {_quoted(name)} ({listed}) FROM STDIN") as copied:
            for piece in chunks(file):
                copied.write(piece)
        if cursor.cursor.rowcount != table.rows:
            raise NoBackup(f"{cursor.cursor.rowcount} rows of {name} came, not {table.rows}.")
    for column in table.columns:
        sequence = _ask(SERIAL, _quoted(name), column)[0][0]
        if sequence:
            top = _ask(f"SELECT max({_quoted(column)}) FROM {_quoted(name)}")[0][0]  # noqa: S608 - the manifest's checked names
            _execute("SELECT setval(%s, %s, %s)", sequence, top or 1, top is not None)


@contextmanager
def _unguarded(tables: Mapping[str, TableManifest]) -> Iterator[None]:
    """Without the triggers that keep rows as they are, which would judge the order of copying."""
    for name in tables:
        _execute(f"ALTER TABLE {_quoted(name)} DISABLE TRIGGER USER")
    for name in tables:
        _execute(f"TRUNCATE {_quoted(name)} CASCADE")  # what migrations have put there
    _execute("SET CONSTRAINTS ALL DEFERRED")
    yield
    _execute("SET CONSTRAINTS ALL IMMEDIATE")  # every reference holds, or nothing is restored
    for name in tables:
        _execute(f"ALTER TABLE {_quoted(name)} ENABLE TRIGGER USER")


def _migrate(applied: tuple[str, ...]) -> None:
    """From nothing to the state in which these had been applied."""
    _execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending where a table is altered
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    steps = executor.migration_plan(leaves, clean_start=True)
    wanted = [step for step in steps if f"{step[0].app_label}.{step[0].name}" in applied]
    executor.migrate(leaves, plan=wanted)


def _file(table: str) -> str:
    return f"database/{table}.copy"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def _execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values) or None)
