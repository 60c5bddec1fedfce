"""TILE and BROADCAST_TO."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.blocks import AXES, Axis, Block, strides
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


def tiles_fill_the_output(op: Op, graph: Graph) -> bool:
    """The multiples must be constant, one a dimension, and give the output's shape."""
    source, target = ends(op, graph)
    times = constant_of(op, graph, 1)
    if times is None or len(times) != len(source.shape) or min(times) < 1:
        return False
    return tuple(s * t for s, t in zip(source.shape, times, strict=True)) == target.shape


def shape_is_broadcast(op: Op, graph: Graph) -> bool:
    """Each of the input's dimensions must be 1 or that of the output, counted from the last."""
    source, target = ends(op, graph)
    shape = (1,) * (len(target.shape) - len(source.shape)) + source.shape
    return len(shape) == len(target.shape) <= AXES and all(
        a in (1, b) for a, b in zip(shape, target.shape, strict=True)
    )


def _tile(op: Op, operands: Operands) -> Blocks:
    source, target = operands.input(op), operands.output(op)
    axes: list[Axis] = []
    rows = zip(
        source.shape, numbers(operands, op, 1), strides(source.shape), strides(target.shape),
        strict=True,
    )  # fmt: skip
    for size, times, step, to in rows:
        axes += [Axis(times, 0, to * size), Axis(size, step, to)]
    return (Block(tuple(axes)),)


def _broadcast(op: Op, operands: Operands) -> Blocks:
    source, target = operands.input(op), operands.output(op)
    shape = (1,) * (len(target.shape) - len(source.shape)) + source.shape
    rows = zip(target.shape, shape, strides(shape), strides(target.shape), strict=True)
    axes = [Axis(size, 0 if given == 1 else step, to) for size, given, step, to in rows]
    return (Block(tuple(axes)),)


OPDEFS: Final = (
    OpDef(
        "TILE",
        constraints=(*REARRANGED, tiles_fill_the_output, few_moves(_tile)),
        lower=rearranged(_tile),
        resolver=None,
        note="TFLM has none: this computes what LiteRT computes.",
    ),
    OpDef(
        "BROADCAST_TO",
        constraints=(*REARRANGED, shape_is_broadcast, few_moves(_broadcast)),
        lower=rearranged(_broadcast),
    ),
)
