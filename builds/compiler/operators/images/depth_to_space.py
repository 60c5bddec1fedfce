"""DEPTH_TO_SPACE and SPACE_TO_DEPTH: channels become the pixels of a block, and back."""

from typing import Final

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.blocks import (
    Axis,
    Block,
    Move,
    lower_moves,
    source_is_moved,
    strides,
)
from builds.compiler.operators.common.checks import one_input, result
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef


def depth_becomes_space(op: Op, graph: Graph) -> bool:
    """Images must have four dimensions, and channels must become blocks of pixels."""
    source, target = graph.tensor(op.inputs[0]), result(op, graph)
    return _is_block(target.shape, source.shape, op.option("block"))


def space_becomes_depth(op: Op, graph: Graph) -> bool:
    """Images must have four dimensions, and blocks of pixels must become channels."""
    source, target = graph.tensor(op.inputs[0]), result(op, graph)
    return _is_block(source.shape, target.shape, op.option("block"))


def lower_depth_to_space(op: Op, context: Context) -> LoweredOp:
    """Channels become the pixels of a block."""
    return _blocks(op, context, wide=context.output(op), deep=context.input(op), to_wide=True)


def lower_space_to_depth(op: Op, context: Context) -> LoweredOp:
    """The pixels of a block become channels."""
    return _blocks(op, context, wide=context.input(op), deep=context.output(op), to_wide=False)


def _blocks(op: Op, context: Context, *, wide: Tensor, deep: Tensor, to_wide: bool) -> LoweredOp:
    """Pixel (y * block + i, x * block + j) of the wide image is group (i, j) of the deep one."""
    block, channels = op.option("block"), wide.shape[3]
    wide_steps, deep_steps = strides(wide.shape), strides(deep.shape)
    plan = (
        (deep.shape[0], deep_steps[0], wide_steps[0]),
        (deep.shape[1], deep_steps[1], wide_steps[1] * block),
        (block, block * channels, wide_steps[1]),
        (deep.shape[2], deep_steps[2], wide_steps[2] * block),
        (block, channels, wide_steps[2]),
        (channels, 1, 1),
    )
    axes = tuple(Axis(size, a, b) if to_wide else Axis(size, b, a) for size, a, b in plan)
    return lower_moves(op, context, [Move(context.input(op), 0, Block(axes))])


def _is_block(wide: tuple[int, ...], deep: tuple[int, ...], block: int) -> bool:
    if len(wide) != 4 or len(deep) != 4 or block < 1 or wide[0] != deep[0]:
        return False
    sides = (deep[1] * block, deep[2] * block)
    return wide[1:3] == sides and deep[3] == wide[3] * block * block


OPDEFS: Final = (
    OpDef(
        "DEPTH_TO_SPACE",
        constraints=(one_input, source_is_moved, depth_becomes_space),
        lower=lower_depth_to_space,
        options=(94, (("block", 0, "i32", 0),)),
    ),
    OpDef(
        "SPACE_TO_DEPTH",
        constraints=(one_input, source_is_moved, space_becomes_depth),
        lower=lower_space_to_depth,
        options=(19, (("block", 0, "i32", 0),)),
    ),
)
