"""Trees as branches in place of tables, where that takes less flash.

The bytes of a branch and of a table's walk are those that were measured for each family of
processors; tests in a folder of the same name hold the choice against what is built.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from builds.compiler.graph import Tensor
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.lowered_op import Array
from builds.compiler.operators.reductions.classical.tables import Integers, integers

NODES_MAX: Final = 256  # that are printed as branches, shared ones as often as they are reached
_NESTED_MAX: Final = 24  # levels of braces
# Bytes of code: of one question with one of its two ends, of one tree, and of the walk of tables.
_COSTS: Final[Mapping[Flavour, tuple[int, int, int]]] = {
    Flavour.DSP: (14, 24, 128),
    Flavour.MVE: (15, 10, 102),
    Flavour.THUMB1: (16, 20, 112),
    Flavour.SCALAR: (16, 35, 132),
    Flavour.VECTOR: (16, 35, 132),
    Flavour.PORTABLE: (16, 35, 132),
}
Nodes = list[tuple[int, int]]


def branches_pay(
    found: Mapping[str, Tensor], arrays: Mapping[str, Array], flavour: Flavour
) -> bool:
    """Whether branches take less flash than tables and their walk."""
    children: Nodes = [(left, right) for left, right in integers(found["children"]).tolist()]
    roots = integers(found["roots"]).reshape(-1)
    questions = _expanded(children, roots)
    if questions is None:
        return False
    branch, tree, walk = _COSTS[flavour]
    tables = sum(a.size_bytes for key, a in arrays.items() if key not in ("leaves", "base"))
    return branch * questions + tree * len(roots) < tables + walk


def _expanded(children: Nodes, roots: Integers) -> int | None:
    """How many questions all trees print; None where that is too many, or too deep."""
    counts: list[int] = []
    levels: list[int] = []
    for pair in children:
        below = [child for child in pair if child >= 0]
        counts.append(1 + sum(counts[child] for child in below))
        levels.append(1 + max((levels[child] for child in below), default=0))
    rooted = [int(root) for root in roots if root >= 0]
    whole = sum(counts[root] for root in rooted)
    deep = max((levels[root] for root in rooted), default=0) > _NESTED_MAX
    return None if deep or whole > NODES_MAX else whole


def branch_lines(found: Mapping[str, Tensor], arrays: Mapping[str, Array]) -> Iterator[str]:
    """Print every tree; each ends with the row of leaves that is added."""
    targets = integers(found["targets"]).reshape(-1).tolist()
    width = found["leaves"].shape[1]
    yield "int32_t row;"
    for root, target in zip(integers(found["roots"]).reshape(-1).tolist(), targets, strict=True):
        yield from _lines(int(root), found, arrays)
        into = f"sums + {target}" if target else "sums"
        yield f"ef_add_row({arrays['leaves'].name}, row, {into}, {width});"


def _lines(at: int, found: Mapping[str, Tensor], arrays: Mapping[str, Array]) -> Iterator[str]:
    if at < 0:
        yield f"row = {~at};"
        return
    left, right = found["children"].array().reshape(-1, 2)[at].tolist()
    feature = int(arrays["features"].values[at])
    yield f"if (x[{feature}] <= {_literal(int(arrays['thresholds'].values[at]))}) {{"
    yield from (f"  {line}" for line in _lines(left, found, arrays))
    yield "} else {"
    yield from (f"  {line}" for line in _lines(right, found, arrays))
    yield "}"


def _literal(value: int) -> str:
    return "INT32_MIN" if value == -(1 << 31) else str(value)
