"""A query that is asked all the time: its SQL is made once for each thread's connection.

Making SQL costs several times what an indexed read does. What was made lives with the connection's
object, which it refers to: neither outlives its thread.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from django.db import connections
from django.db.models import QuerySet

PLACE: Final = "\0parameter {}"  # what stands in a parameter's place while the SQL is made


class _Made(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    compiler: Any
    converters: Any


class Prepared:
    """A query of `values_list`, given texts to compare with; Django's SQL and conversions."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], parameters: int = 1) -> None:
        self._build = build
        self._places = tuple(PLACE.format(number) for number in range(parameters))

    def first(self, *given: str, using: str = "default") -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        connection = connections[using]
        kept: dict[Prepared, _Made] = vars(connection).setdefault("prepared_queries", {})
        made = kept.get(self) or kept.setdefault(self, self._make(using))
        known = dict(zip(self._places, given, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(made.sql, [known.get(each, each) for each in made.parameters])
            row: tuple[Any, ...] | None = cursor.fetchone()
        if row is None or not made.converters:
            return row
        return tuple(next(made.compiler.apply_converters([row], made.converters)))

    def _make(self, using: str) -> _Made:
        compiler = self._build(*self._places)[:1].using(using).query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        chosen = [expression for expression, *_ in compiler.select]
        return _Made(sql, tuple(parameters), compiler, compiler.get_converters(chosen))
