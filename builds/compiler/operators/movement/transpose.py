"""TRANSPOSE."""

from typing import Final

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.blocks import (
    AXES,
    Axis,
    Block,
    Move,
    constants_of,
    lower_moves,
    source_is_moved,
    strides,
)
from builds.compiler.operators.common.checks import result, two_inputs
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef


def permutation_is_constant(op: Op, graph: Graph) -> bool:
    """The permutation must be constant int32 and give the output's shape."""
    source = graph.tensor(op.inputs[0])
    rank = len(source.shape)
    if constants_of(op, graph, (1,)) is None or not 0 < rank <= AXES:
        return False
    order = permutation_of(graph.tensor(op.inputs[1]))
    if sorted(order) != list(range(rank)):
        return False
    return tuple(source.shape[axis] for axis in order) == result(op, graph).shape


def lower_transpose(op: Op, context: Context) -> LoweredOp:
    """Read along the permuted axes, write in order."""
    source, target = context.input(op), context.output(op)
    order = permutation_of(context.input(op, 1))
    from_steps, to_steps = strides(source.shape), strides(target.shape)
    axes = [
        Axis(size, from_steps[axis], step)
        for size, axis, step in zip(target.shape, order, to_steps, strict=True)
    ]
    return lower_moves(op, context, [Move(source, 0, Block(tuple(axes)))])


def permutation_of(tensor: Tensor) -> tuple[int, ...]:
    """Read the axes of a transposition."""
    return tuple(int(axis) for axis in tensor.array().reshape(-1))


OPDEFS: Final = (
    OpDef(
        "TRANSPOSE",
        constraints=(two_inputs, source_is_moved, permutation_is_constant),
        lower=lower_transpose,
    ),
)
