"""Networks side by side: operators that stand for one another in the same row. Pure.

Operators are matched by their kind, in their order; what one network has alone gets a row of its
own, where it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Operator = Mapping[str, Any]
ASPECTS = ("shape", "dtype", "scale", "zero_point", "weights")


@dataclass(frozen=True)
class OperatorRow:
    """One operator of each network; None where a network has none there."""

    kind: str
    operators: tuple[Operator | None, ...]

    @property
    def differs(self) -> tuple[str, ...]:
        """In what the operators differ: `operator` where one is missing, or names of aspects."""
        if None in self.operators:
            return ("operator",)
        found = [one for one in self.operators if one is not None]
        return tuple(
            aspect
            for aspect in ASPECTS
            if any(one.get(aspect) != found[0].get(aspect) for one in found)
        )


def aligned(graphs: Sequence[Sequence[Operator]]) -> list[OperatorRow]:
    """Return the rows of all networks, in an order that is right for each of them."""
    rows: list[list[Operator | None]] = []
    kinds: list[str] = []
    for number, graph in enumerate(graphs):
        rows, kinds = _joined(rows, kinds, graph, number)
    return [OperatorRow(kind, tuple(row)) for kind, row in zip(kinds, rows, strict=True)]


def _joined(
    rows: list[list[Operator | None]], kinds: list[str], graph: Sequence[Operator], number: int
) -> tuple[list[list[Operator | None]], list[str]]:
    """The rows with one network more."""
    own = [str(operator.get("kind", "")) for operator in graph]
    joined: list[list[Operator | None]] = []
    names: list[str] = []
    matcher = SequenceMatcher(None, kinds, own, autojunk=False)
    for tag, start, end, own_start, own_end in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(rows[start:end], graph[own_start:own_end], strict=True)
            joined += [[*row, operator] for row, operator in pairs]
            names += kinds[start:end]
            continue
        joined += [[*row, None] for row in rows[start:end]]
        names += kinds[start:end]
        before: list[Operator | None] = [None] * number
        joined += [[*before, operator] for operator in graph[own_start:own_end]]
        names += own[own_start:own_end]
    return joined, names
