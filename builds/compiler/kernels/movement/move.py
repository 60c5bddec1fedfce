"""Operators that join, part, turn or pick elements without changing them."""

from collections.abc import Sequence
from math import prod

from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES, Axis, Block, Move, move_step, strides
from builds.compiler.kernels.lowering.step import Context, Step, fixed


def lower_concatenation(op: Op, context: Context) -> Step:
    """Each operand becomes a slab of the result."""
    target = context.output(op)
    axis = op.option("axis") % len(target.shape)
    operands = [context.input(op, i) for i in range(len(op.inputs))]
    return _joined(op, context, operands, axis, [t.shape[axis] for t in operands])


def lower_constant(op: Op, context: Context) -> Step:
    """The result is a copy of the operand."""
    source = context.input(op)
    return move_step(op, context, [Move(source, 0, Block((Axis(source.elements, 1, 1),)))])


def lower_pack(op: Op, context: Context) -> Step:
    """Each operand becomes one slice along a new axis."""
    axis = op.option("axis") % len(context.output(op).shape)
    operands = [context.input(op, i) for i in range(len(op.inputs))]
    return _joined(op, context, operands, axis, [1] * len(operands))


def lower_split(op: Op, context: Context) -> Step:
    """The axis comes first, then what is split."""
    source = context.input(op, 1)
    return _parted(op, context, source, axis_of(context.input(op, 0), source))


def lower_split_v(op: Op, context: Context) -> Step:
    """What is split, the sizes, and the axis."""
    source = context.input(op, 0)
    return _parted(op, context, source, axis_of(context.input(op, 2), source))


def lower_unpack(op: Op, context: Context) -> Step:
    """Each result is one slice along an axis that goes."""
    source = context.input(op)
    return _parted(op, context, source, op.option("axis") % len(source.shape))


def lower_transpose(op: Op, context: Context) -> Step:
    """Read along the permuted axes, write in order."""
    source, target = context.input(op), context.output(op)
    order = permutation_of(context.input(op, 1))
    from_steps, to_steps = strides(source.shape), strides(target.shape)
    axes = [
        Axis(size, from_steps[axis], step)
        for size, axis, step in zip(target.shape, order, to_steps, strict=True)
    ]
    return move_step(op, context, [Move(source, 0, Block(tuple(axes)))])


def lower_depth_to_space(op: Op, context: Context) -> Step:
    """Channels become the pixels of a block."""
    return _blocks(op, context, wide=context.output(op), deep=context.input(op), to_wide=True)


def lower_space_to_depth(op: Op, context: Context) -> Step:
    """The pixels of a block become channels."""
    return _blocks(op, context, wide=context.input(op), deep=context.output(op), to_wide=False)


def lower_gather(op: Op, context: Context) -> Step:
    """Copy the slices that constant indices choose."""
    source, chosen = context.input(op), context.input(op, 1)
    axis = op.option("axis") % len(source.shape)
    name = naming.step_name(op, context.graph)
    shape = source.shape
    members = (prod(shape[:axis]), shape[axis], chosen.elements, prod(shape[axis + 1 :]))
    ctype = CTYPES[source.dtype]
    return Step(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_pick<{ctype}>({name}_pick, {name}_chosen, $in0, $out0);",),
        runtime=("words", "move", "pick"),
        arrays=(fixed(f"{name}_chosen", "int32_t", chosen.array().reshape(-1)),),
        globals=(f"constexpr EfPick {name}_pick = {{{', '.join(map(str, members))}}};",),
    )


def axis_of(tensor: Tensor, source: Tensor) -> int:
    """Read an axis that may count from the end."""
    return int(tensor.array().reshape(-1)[0]) % len(source.shape)


def permutation_of(tensor: Tensor) -> tuple[int, ...]:
    """Read the axes of a transposition."""
    return tuple(int(axis) for axis in tensor.array().reshape(-1))


def _joined(
    op: Op, context: Context, operands: Sequence[Tensor], axis: int, sizes: Sequence[int]
) -> Step:
    shape = context.output(op).shape
    outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
    moves, at = [], 0
    for operand, size in zip(operands, sizes, strict=True):
        axes = (Axis(outer, size * inner, shape[axis] * inner), Axis(size * inner, 1, 1))
        moves.append(Move(operand, 0, Block(axes, target=at * inner)))
        at += size
    return move_step(op, context, moves)


def _parted(op: Op, context: Context, source: Tensor, axis: int) -> Step:
    shape = source.shape
    outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
    moves, at = [], 0
    for number in range(len(op.outputs)):
        size = context.output(op, number).elements // max(outer * inner, 1)
        axes = (Axis(outer, shape[axis] * inner, size * inner), Axis(size * inner, 1, 1))
        moves.append(Move(source, number, Block(axes, source=at * inner)))
        at += size
    return move_step(op, context, moves)


def _blocks(op: Op, context: Context, *, wide: Tensor, deep: Tensor, to_wide: bool) -> Step:
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
    return move_step(op, context, [Move(context.input(op), 0, Block(axes))])
