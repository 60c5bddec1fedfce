"""Many new rows of a table at once: PostgreSQL's COPY, one prepared statement elsewhere.

Guarantees: no model instance is made, and no more rows are in memory than one piece. Nothing of a
model runs: defaults, `save` and validators are the caller's.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import connection
from django.db.models import Model

PIECE_ROWS: Final = 5000
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def rows_add(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows of plain values (JSON as text) for these attributes; how many."""
    options = model._meta  # noqa: SLF001 - Django's documented API
    columns = {field.attname: field.column for field in options.concrete_fields}
    listed = ", ".join(f'"{columns[name]}"' for name in names)
    source, total = iter(rows), 0
    while piece := list(islice(source, PIECE_ROWS)):
        _piece(options.db_table, listed, piece)
        total += len(piece)
    return total


def _piece(table: str, listed: str, piece: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
                copy.write("".join([_line(row) for row in piece]))
            return
        places = ", ".join(["%s"] * len(piece[0]))
        sql = f"INSERT INTO {table} ({listed}) VALUES ({places})"  # noqa: S608 - a model's own names
        cursor.executemany(sql, [[_plain(value) for value in row] for row in piece])


def _line(row: Sequence[Any]) -> str:
    return "\t".join([_cell(value) for value in row]) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return value if value.isalnum() else value.translate(_ESCAPES)
    return str(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
