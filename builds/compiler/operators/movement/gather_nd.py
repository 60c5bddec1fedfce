"""GATHER_ND with constant indices."""

from math import prod
from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.blocks import Axis, Block, strides
from builds.compiler.operators.common.lowered_op import Operands
from builds.compiler.operators.common.rearrange import (
    REARRANGED,
    Blocks,
    constant_of,
    ends,
    few_moves,
    numbers,
    rearranged,
)
from builds.compiler.operators.opdef import OpDef


def places_are_inside(op: Op, graph: Graph) -> bool:
    """Indices must be constant and inside the input, and give the output's shape."""
    source, target = ends(op, graph)
    chosen = graph.tensor(op.inputs[1])
    places = constant_of(op, graph, 1)
    depth = chosen.shape[-1] if chosen.shape else 0
    if places is None or not 0 < depth <= len(source.shape):
        return False
    inside = all(0 <= i < source.shape[at % depth] for at, i in enumerate(places))
    return inside and chosen.shape[:-1] + source.shape[depth:] == target.shape


def _gather(op: Op, operands: Operands) -> Blocks:
    source, chosen = operands.input(op), operands.input(op, 1)
    depth = chosen.shape[-1]
    kept = prod(source.shape[depth:])
    steps = strides(source.shape)
    places = numbers(operands, op, 1)
    rows = [places[at : at + depth] for at in range(0, len(places), depth)]
    firsts = [sum(i * s for i, s in zip(row, steps, strict=False)) for row in rows]
    return [
        Block((Axis(kept, 1, 1),), source=first, target=number * kept)
        for number, first in enumerate(firsts)
    ]


OPDEFS: Final = (
    OpDef(
        "GATHER_ND",
        constraints=(*REARRANGED, places_are_inside, few_moves(_gather)),
        lower=rearranged(_gather),
    ),
)
