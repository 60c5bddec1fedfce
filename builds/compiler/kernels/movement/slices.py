"""SLICE and STRIDED_SLICE: a block of the input, with every bound known at compile time."""

from dataclasses import dataclass

from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.lowering.blocks import Axis, Block, Move, move_step, strides
from builds.compiler.kernels.lowering.step import Context, Step


@dataclass(frozen=True)
class Range:
    """Along one axis: the first element, the distance to the next, and how many."""

    first: int
    step: int
    count: int


def lower_slice(op: Op, context: Context) -> Step:
    """Copy a box."""
    source = context.input(op)
    return _copy(op, context, source, slice_ranges(source, *_numbers(op, context, 2)))


def lower_strided_slice(op: Op, context: Context) -> Step:
    """Copy every n-th element of a box, also backwards."""
    source = context.input(op)
    return _copy(op, context, source, strided_ranges(op, source, *_numbers(op, context, 3)))


def slice_ranges(source: Tensor, begins: list[int], sizes: list[int]) -> list[Range]:
    """The box of a SLICE; size -1 means all that is left."""
    return [
        Range(first, 1, whole - first if size == -1 else size)
        for whole, first, size in zip(source.shape, begins, sizes, strict=True)
    ]


def strided_ranges(
    op: Op, source: Tensor, begins: list[int], ends: list[int], steps: list[int]
) -> list[Range]:
    """The box of a STRIDED_SLICE, by the rules of Python slices; a shrunk axis has one element."""
    ranges = []
    for axis, whole in enumerate(source.shape):
        begin: int | None = begins[axis]
        end: int | None = ends[axis]
        if op.option("shrink_axis_mask") >> axis & 1:
            ranges.append(Range(begins[axis] % whole, 1, 1))
            continue
        if op.option("begin_mask") >> axis & 1:
            begin = None
        if op.option("end_mask") >> axis & 1:
            end = None
        taken = range(whole)[begin : end : steps[axis]]
        ranges.append(Range(taken.start, taken.step, len(taken)))
    return ranges


def _numbers(op: Op, context: Context, count: int) -> list[list[int]]:
    tensors = [context.input(op, i + 1) for i in range(count)]
    return [[int(v) for v in tensor.array().reshape(-1)] for tensor in tensors]


def _copy(op: Op, context: Context, source: Tensor, ranges: list[Range]) -> Step:
    kept = strides([r.count for r in ranges])
    steps = strides(source.shape)
    axes = [
        Axis(r.count, r.step * step, to) for r, step, to in zip(ranges, steps, kept, strict=True)
    ]
    first = sum(r.first * step for r, step in zip(ranges, steps, strict=True))
    return move_step(op, context, [Move(source, 0, Block(tuple(axes), source=first))])
