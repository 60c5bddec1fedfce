"""REVERSE_V2."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.lowered_op import Operands
from builds.compiler.operators.common.rearrange import (
    REARRANGED,
    Blocks,
    blocks_of_spans,
    constant_of,
    ends,
    few_moves,
    numbers,
    rearranged,
)
from builds.compiler.operators.opdef import OpDef


def axes_are_turned(op: Op, graph: Graph) -> bool:
    """The axes must be constant and inside the input's dimensions, and the shape be kept."""
    source, target = ends(op, graph)
    axes = constant_of(op, graph, 1)
    rank = len(source.shape)
    return (
        axes is not None and source.shape == target.shape and all(-rank <= a < rank for a in axes)
    )


def _reverse(op: Op, operands: Operands) -> Blocks:
    source = operands.input(op)
    turned = {axis % len(source.shape) for axis in numbers(operands, op, 1)}
    spans = [
        (size - 1, -1, 0, size) if axis in turned else (0, 1, 0, size)
        for axis, size in enumerate(source.shape)
    ]
    return blocks_of_spans(source, operands.output(op), [spans])


OPDEFS: Final = (
    OpDef(
        "REVERSE_V2",
        constraints=(*REARRANGED, axes_are_turned, few_moves(_reverse)),
        lower=rearranged(_reverse),
    ),
)
