"""Pairs of classes as a small table: what was predicted against what was true, or what another
version predicted. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

TABLE_MAX: Final = 12  # classes that fit a table; more are told as a list
LISTED_MAX: Final = 10  # pairs of a list
SHADES: Final = (0.001, 0.05, 0.2, 0.5)  # shares of a row from which a cell is warmer
OTHER: Final = "another"


@dataclass(frozen=True)
class Cell:
    """How often, as text, and the CSS class of its colour."""

    text: str
    css: str


@dataclass(frozen=True)
class PairsTable:
    """A table where there are few classes; else the most frequent pairs that differ."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    listed: tuple[tuple[str, str, int], ...]


def pairs_table(pairs: Sequence[Sequence[int]], classes: Sequence[str]) -> PairsTable:
    """Return counts [[row, column, number], …] as a table; -1 as a column is another class."""
    counts = {(row, column): number for row, column, number in pairs}
    differing = [(number, *pair) for pair, number in counts.items() if pair[0] != pair[1]]
    listed = tuple(
        (_name(classes, row), _name(classes, column), number)
        for number, row, column in sorted(differing, reverse=True)[:LISTED_MAX]
    )
    seen = sorted({at for pair in counts for at in pair if at >= 0})
    if len(seen) > TABLE_MAX:
        return PairsTable((), (), listed)
    columns = [*seen, -1] if any(column < 0 for _, column in counts) else seen
    rows = tuple(
        (_name(classes, row), _cells(counts, row, columns))
        for row in seen
        if any(pair[0] == row for pair in counts)
    )
    return PairsTable(tuple(_name(classes, at) for at in columns), rows, listed)


def percent(share: float | None) -> str:
    """Return 0.873 as 87.3 %, and nothing known as a dash."""
    return "-" if share is None else f"{share * 100:.1f} %"


def interval(found: Mapping[str, Any]) -> str:
    """Return an accuracy with its interval."""
    if found.get("accuracy") is None:
        return "not known"
    low, high = found["low"] * 100, found["high"] * 100
    return f"{percent(found['accuracy'])} ({low:.1f} to {high:.1f})"


def _cells(
    counts: Mapping[tuple[int, int], int], row: int, columns: Sequence[int]
) -> tuple[Cell, ...]:
    total = sum(number for (at, _), number in counts.items() if at == row)
    return tuple(
        _cell(counts.get((row, column), 0), total, same=row == column) for column in columns
    )


def _cell(number: int, total: int, *, same: bool) -> Cell:
    share = number / total if total else 0.0
    warmth = sum(share >= bound for bound in SHADES)
    return Cell(f"{number:,}" if number else "", "" if same or not number else f"ef-cell-{warmth}")


def _name(classes: Sequence[str], at: int) -> str:
    if at < 0:
        return OTHER
    return classes[at] if at < len(classes) else f"class {at}"
