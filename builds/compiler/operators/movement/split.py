"""SPLIT, SPLIT_V and UNPACK: results are slabs or slices of the operand."""

from math import prod
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common.blocks import (
    Axis,
    Block,
    Move,
    axis_of,
    constants_of,
    lower_moves,
    source_is_moved,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef


def has_an_input_and_outputs(op: Op, graph: Graph) -> bool:
    """There must be exactly one input and at least one output."""
    return len(op.inputs) == 1 and ABSENT not in op.inputs and bool(op.outputs)


def has_two_inputs_and_outputs(op: Op, graph: Graph) -> bool:
    """There must be an axis and a tensor, and at least one output."""
    return len(op.inputs) == 2 and ABSENT not in op.inputs and bool(op.outputs)


def has_three_inputs_and_outputs(op: Op, graph: Graph) -> bool:
    """There must be a tensor, sizes and an axis, and at least one output."""
    return len(op.inputs) == 3 and ABSENT not in op.inputs and bool(op.outputs)


def split_axis_is_constant(op: Op, graph: Graph) -> bool:
    """The axis must be one constant int32 inside the input's dimensions."""
    split = op.kind == "SPLIT"
    axis = constants_of(op, graph, (0 if split else 2,))
    rank = len(graph.tensor(op.inputs[1 if split else 0]).shape)
    return axis is not None and len(axis[0]) == 1 and -rank <= axis[0][0] < rank


def parts_fill_the_input(op: Op, graph: Graph) -> bool:
    """Results must have the input's dimensions, and fill it along the axis."""
    split = op.kind == "SPLIT"
    source = graph.tensor(op.inputs[1 if split else 0])
    axis = axis_of(graph.tensor(op.inputs[0 if split else 2]), source)
    shapes = [graph.tensor(i).shape for i in op.outputs]
    rest = source.shape[:axis] + source.shape[axis + 1 :]
    kept = all(len(s) == len(source.shape) and s[:axis] + s[axis + 1 :] == rest for s in shapes)
    return kept and sum(s[axis] for s in shapes) == source.shape[axis]


def unpacked_slices_fit(op: Op, graph: Graph) -> bool:
    """There must be one result for each slice along the axis, of the slice's shape."""
    shape, axis = graph.tensor(op.inputs[0]).shape, op.option("axis")
    if not shape or not -len(shape) <= axis < len(shape):
        return False
    axis %= len(shape)
    rest = shape[:axis] + shape[axis + 1 :]
    return len(op.outputs) == shape[axis] and all(graph.tensor(i).shape == rest for i in op.outputs)


def lower_split(op: Op, context: Context) -> LoweredOp:
    """The axis comes first, then what is split."""
    source = context.input(op, 1)
    return _parted(op, context, source, axis_of(context.input(op, 0), source))


def lower_split_v(op: Op, context: Context) -> LoweredOp:
    """What is split, the sizes, and the axis."""
    source = context.input(op, 0)
    return _parted(op, context, source, axis_of(context.input(op, 2), source))


def lower_unpack(op: Op, context: Context) -> LoweredOp:
    """Each result is one slice along an axis that goes."""
    source = context.input(op)
    return _parted(op, context, source, op.option("axis") % len(source.shape))


def _parted(op: Op, context: Context, source: Tensor, axis: int) -> LoweredOp:
    shape = source.shape
    outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
    moves, at = [], 0
    for number in range(len(op.outputs)):
        size = context.output(op, number).elements // max(outer * inner, 1)
        axes = (Axis(outer, shape[axis] * inner, size * inner), Axis(size * inner, 1, 1))
        moves.append(Move(source, number, Block(axes, source=at * inner)))
        at += size
    return lower_moves(op, context, moves)


OPDEFS: Final = (
    OpDef(
        "SPLIT",
        constraints=(
            has_two_inputs_and_outputs,
            source_is_moved,
            split_axis_is_constant,
            parts_fill_the_input,
        ),
        lower=lower_split,
        options=(35, (("count", 0, "i32", 0),)),
    ),
    OpDef(
        "SPLIT_V",
        constraints=(
            has_three_inputs_and_outputs,
            source_is_moved,
            split_axis_is_constant,
            parts_fill_the_input,
        ),
        lower=lower_split_v,
        options=(79, (("count", 0, "i32", 0),)),
        resolver="AddSplitV",
    ),
    OpDef(
        "UNPACK",
        constraints=(has_an_input_and_outputs, source_is_moved, unpacked_slices_fit),
        lower=lower_unpack,
        options=(64, (("count", 0, "i32", 0), ("axis", 1, "i32", 0))),
    ),
)
