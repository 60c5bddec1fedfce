"""Pages of searches: a filter and an order over rows, and the number of the next one.

Rows are read newest first and judged one by one; more than `ROWS_MAX` are refused, so that no
search holds a thread for long.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.db.models import Model, QuerySet

from fleet.lib.errors import Unprocessable
from registry.mlflow.filters import Record, order_of, parse

ROWS_MAX: Final = 20_000
PAGE_ROWS: Final = 1000


def searched(
    rows: QuerySet[Any],
    record: Callable[[Any], Record],
    asked: Mapping[str, Any],
    order: Sequence[str],
) -> tuple[list[Any], dict[str, str]]:
    """The rows of the page that was asked for, and the member that leads to the next.

    Raises Refused for a filter that cannot be read, Unprocessable for too many rows.
    """
    test, ordered = parse(asked["filter"]), order_of(order)
    found: list[Model] = list(rows[: ROWS_MAX + 1])
    if len(found) > ROWS_MAX:
        raise Unprocessable(f"More than {ROWS_MAX} rows would be searched; name fewer experiments.")
    kept = ordered([row for row in found if test(record(row))], record)
    return part(kept, asked)


def part(rows: list[Any], asked: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """One page of a list, and the member that leads to the next."""
    start = int(asked["page_token"] or 0)
    end = start + min(asked["max_results"], PAGE_ROWS)
    return rows[start:end], ({"next_page_token": str(end)} if end < len(rows) else {})
