"""Versions side by side as a page shows them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.compare.graphs import Operator, OperatorRow
from registry.compare.sheets import Sheet, SheetRow

WORDS: Final = {"zero_point": "zero point"}


@dataclass(frozen=True)
class SheetCell:
    """One value, and whether it is the best of its row."""

    value: Any
    best: bool


@dataclass(frozen=True)
class SheetLine:
    """One row of the table."""

    name: str
    unit: str
    differs: bool
    cells: tuple[SheetCell, ...]


@dataclass(frozen=True)
class SheetPart:
    """Rows that belong together."""

    title: str
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True)
class OperatorLine:
    """One operator of each network as text, and in what they differ."""

    kind: str
    differs: str
    cells: tuple[str, ...]


def parts(found: Sheet, *, everything: bool) -> list[SheetPart]:
    """Return the rows that differ, or all, part by part; a part without rows is left out."""
    kept: dict[str, list[SheetLine]] = {}
    for row in found.rows:
        if everything or row.differs:
            kept.setdefault(row.part, []).append(_line(row))
    return [SheetPart(title, tuple(lines)) for title, lines in kept.items()]


def operator_texts(rows: Sequence[OperatorRow], *, everything: bool) -> list[OperatorLine]:
    """Return the operators that differ, or all, as text."""
    return [
        OperatorLine(
            row.kind,
            ", ".join(WORDS.get(word, word) for word in row.differs),
            tuple(_texts(row.operators)),
        )
        for row in rows
        if everything or row.differs
    ]


def _line(row: SheetRow) -> SheetLine:
    cells = tuple(SheetCell(value, place in row.best) for place, value in enumerate(row.values))
    return SheetLine(row.name, row.unit, row.differs, cells)


def _texts(operators: Iterable[Operator | None]) -> Iterable[str]:
    for one in operators:
        yield "-" if one is None else _text(one)


def _text(operator: Operator) -> str:
    words = [f"{_shape(operator)} {operator.get('dtype', '')}"]
    if "scale" in operator:
        words.append(f"scale {operator['scale']:.4g}, zero point {operator['zero_point']}")
    words += [f"{_weight(weight)}" for weight in operator.get("weights", ())]
    return "; ".join(words)


def _shape(tensor: Mapping[str, Any]) -> str:
    return " x ".join(str(size) for size in tensor.get("shape", ())) or "1"


def _weight(weight: Mapping[str, Any]) -> str:
    return f"{_shape(weight)} {weight.get('dtype', '')} {str(weight.get('sha256', ''))[:8]}"
