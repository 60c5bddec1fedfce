"""CONCATENATION and PACK: operands become slabs or slices of the result."""

from collections.abc import Sequence
from math import prod
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common.blocks import (
    MOVED_TYPES,
    Axis,
    Block,
    Move,
    lower_moves,
    same_types,
)
from builds.compiler.operators.common.checks import given, no_activation, result
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef


def has_inputs_and_an_output(op: Op, graph: Graph) -> bool:
    """There must be at least one input, none left out, and exactly one output."""
    return bool(op.inputs) and ABSENT not in op.inputs and len(op.outputs) == 1


def operands_are_one_type(op: Op, graph: Graph) -> bool:
    """Operands and result must be of one type: int8, int16, int32, float32 or bool."""
    return same_types([*given(op, graph), result(op, graph)], MOVED_TYPES)


def an_operand_is_moved(op: Op, graph: Graph) -> bool:
    """At least one operand must be an activation; fold constants before export."""
    return any(t.data is None for t in given(op, graph))


def scales_are_equal(op: Op, graph: Graph) -> bool:
    """Operands and result must have the same scale and zero point."""
    tensors = [*given(op, graph), result(op, graph)]
    return len({(t.scale, t.zero_point) for t in tensors}) == 1


def slabs_fill_the_output(op: Op, graph: Graph) -> bool:
    """Operands must have the output's dimensions, and fill it along the axis."""
    target = result(op, graph).shape
    if not target or not -len(target) <= op.option("axis") < len(target):
        return False
    axis = op.option("axis") % len(target)
    shapes = [t.shape for t in given(op, graph)]
    kept = all(
        len(s) == len(target) and s[:axis] + s[axis + 1 :] == target[:axis] + target[axis + 1 :]
        for s in shapes
    )
    return kept and sum(s[axis] for s in shapes) == target[axis]


def slices_fill_the_output(op: Op, graph: Graph) -> bool:
    """Operands must have one shape, which the output has with one more axis of their number."""
    target = result(op, graph).shape
    if not target or not -len(target) <= op.option("axis") < len(target):
        return False
    axis = op.option("axis") % len(target)
    rest = target[:axis] + target[axis + 1 :]
    return len(op.inputs) == target[axis] and all(t.shape == rest for t in given(op, graph))


def lower_concatenation(op: Op, context: Context) -> LoweredOp:
    """Each operand becomes a slab of the result."""
    target = context.output(op)
    axis = op.option("axis") % len(target.shape)
    operands = [context.input(op, i) for i in range(len(op.inputs))]
    return _joined(op, context, operands, axis, [t.shape[axis] for t in operands])


def lower_pack(op: Op, context: Context) -> LoweredOp:
    """Each operand becomes one slice along a new axis."""
    axis = op.option("axis") % len(context.output(op).shape)
    operands = [context.input(op, i) for i in range(len(op.inputs))]
    return _joined(op, context, operands, axis, [1] * len(operands))


def _joined(
    op: Op, context: Context, operands: Sequence[Tensor], axis: int, sizes: Sequence[int]
) -> LoweredOp:
    shape = context.output(op).shape
    outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
    moves, at = [], 0
    for operand, size in zip(operands, sizes, strict=True):
        axes = (Axis(outer, size * inner, shape[axis] * inner), Axis(size * inner, 1, 1))
        moves.append(Move(operand, 0, Block(axes, target=at * inner)))
        at += size
    return lower_moves(op, context, moves)


OPDEFS: Final = (
    OpDef(
        "CONCATENATION",
        constraints=(
            has_inputs_and_an_output,
            operands_are_one_type,
            an_operand_is_moved,
            scales_are_equal,
            no_activation,
            slabs_fill_the_output,
        ),
        lower=lower_concatenation,
        options=(10, (("axis", 0, "i32", 0), ("activation", 1, "i8", 0))),
    ),
    OpDef(
        "PACK",
        constraints=(
            has_inputs_and_an_output,
            operands_are_one_type,
            an_operand_is_moved,
            slices_fill_the_output,
        ),
        lower=lower_pack,
        options=(59, (("count", 0, "i32", 0), ("axis", 1, "i32", 0))),
    ),
)
