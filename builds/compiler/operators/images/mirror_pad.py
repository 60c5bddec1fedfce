"""MIRROR_PAD."""

from itertools import product
from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.lowered_op import Operands
from builds.compiler.operators.common.rearrange import (
    REARRANGED,
    Blocks,
    Span,
    blocks_of_spans,
    constant_of,
    ends,
    few_moves,
    numbers,
    rearranged,
)
from builds.compiler.operators.opdef import OpDef

_REFLECT = 0  # a MIRROR_PAD that leaves the edge out


def mirrors_fit(op: Op, graph: Graph) -> bool:
    """Paddings must be constant pairs, no larger than what they mirror, and give the output."""
    source, target = ends(op, graph)
    pads = constant_of(op, graph, 1)
    if pads is None or len(pads) != 2 * len(source.shape) or len(source.shape) != len(target.shape):
        return False
    edge = 1 if op.option("mode") == 0 else 0
    return op.option("mode") in (0, 1) and all(
        min(pads[2 * n : 2 * n + 2]) >= 0
        and max(pads[2 * n : 2 * n + 2]) <= size - edge
        and whole == size + sum(pads[2 * n : 2 * n + 2])
        for n, (size, whole) in enumerate(zip(source.shape, target.shape, strict=True))
    )


def _mirror(op: Op, operands: Operands) -> Blocks:
    source, target = operands.input(op), operands.output(op)
    edge = 1 if op.option("mode") == _REFLECT else 0
    pads = numbers(operands, op, 1)
    parts: list[list[Span]] = []
    for axis, size in enumerate(source.shape):
        before, after = pads[2 * axis], pads[2 * axis + 1]
        spans = [
            (before - 1 + edge, -1, 0, before),
            (0, 1, before, size),
            (size - 1 - edge, -1, before + size, after),
        ]
        parts.append([span for span in spans if span[3]])
    return blocks_of_spans(source, target, list(product(*parts)))


OPDEFS: Final = (
    OpDef(
        "MIRROR_PAD",
        constraints=(*REARRANGED, mirrors_fit, few_moves(_mirror)),
        lower=rearranged(_mirror),
        options=(77, (("mode", 0, "i8", 0),)),
    ),
)
