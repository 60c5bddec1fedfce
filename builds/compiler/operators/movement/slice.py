"""SLICE and STRIDED_SLICE: a block of the input, with every bound known at compile time."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
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
from builds.compiler.operators.common.checks import result
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import Shape, Shapes


def has_three_inputs(op: Op, graph: Graph) -> bool:
    """There must be a tensor, begins and sizes, and one output."""
    return len(op.inputs) == 3 and ABSENT not in op.inputs and len(op.outputs) == 1


def has_four_inputs(op: Op, graph: Graph) -> bool:
    """There must be a tensor, begins, ends and strides, and one output."""
    return len(op.inputs) == 4 and ABSENT not in op.inputs and len(op.outputs) == 1


def box_is_constant(op: Op, graph: Graph) -> bool:
    """Begins and sizes must be constant int32, inside an input of at most 5 dimensions."""
    source = graph.tensor(op.inputs[0])
    numbers = constants_of(op, graph, (1, 2))
    if numbers is None or any(len(n) != len(source.shape) for n in numbers):
        return False
    ranges = slice_ranges(source, *numbers)
    inside = all(
        r.first >= 0 and r.count >= 1 and r.first + r.count <= size
        for r, size in zip(ranges, source.shape, strict=True)
    )
    return inside and len(source.shape) < AXES and _fits(ranges, result(op, graph))


def strided_box_is_constant(op: Op, graph: Graph) -> bool:
    """Begins, ends and strides must be constant int32, one for each of at most five dimensions."""
    source = graph.tensor(op.inputs[0])
    numbers = constants_of(op, graph, (1, 2, 3))
    if numbers is None or not 0 < len(source.shape) < AXES:
        return False
    return all(len(n) == len(source.shape) for n in numbers) and 0 not in numbers[2]


def masks_are_known(op: Op, graph: Graph) -> bool:
    """New axes, ellipses and offsets are not compiled; write the slice out in full."""
    return not (
        op.option("ellipsis_mask") or op.option("new_axis_mask") or op.options.get("offset", False)
    )


def strided_box_fits(op: Op, graph: Graph) -> bool:
    """The slice must be inside the input, not empty, and have the output's size."""
    source = graph.tensor(op.inputs[0])
    numbers = constants_of(op, graph, (1, 2, 3)) or []
    shrunk = op.option("shrink_axis_mask")
    for axis, (begin, whole) in enumerate(zip(numbers[0], source.shape, strict=True)):
        if shrunk >> axis & 1 and not (-whole <= begin < whole and numbers[2][axis] == 1):
            return False
    return _fits(strided_ranges(op, source, *numbers), result(op, graph))


@dataclass(frozen=True)
class SliceRange:
    """Along one axis: the first element, the distance to the next, and how many."""

    first: int
    step: int
    count: int


def lower_slice(op: Op, context: Context) -> LoweredOp:
    """Copy a box."""
    source = context.input(op)
    return _copy(op, context, source, slice_ranges(source, *_numbers(op, context, 2)))


def lower_strided_slice(op: Op, context: Context) -> LoweredOp:
    """Copy every n-th element of a box, also backwards."""
    source = context.input(op)
    return _copy(op, context, source, strided_ranges(op, source, *_numbers(op, context, 3)))


def slice_ranges(source: Tensor, begins: list[int], sizes: list[int]) -> list[SliceRange]:
    """The box of a SLICE; size -1 means all that is left."""
    return [
        SliceRange(first, 1, whole - first if size == -1 else size)
        for whole, first, size in zip(source.shape, begins, sizes, strict=True)
    ]


def strided_ranges(
    op: Op, source: Tensor, begins: list[int], ends: list[int], steps: list[int]
) -> list[SliceRange]:
    """The box of a STRIDED_SLICE, by the rules of Python slices; a shrunk axis has one element."""
    ranges = []
    for axis, whole in enumerate(source.shape):
        begin: int | None = begins[axis]
        end: int | None = ends[axis]
        if op.option("shrink_axis_mask") >> axis & 1:
            ranges.append(SliceRange(begins[axis] % whole, 1, 1))
            continue
        if op.option("begin_mask") >> axis & 1:
            begin = None
        if op.option("end_mask") >> axis & 1:
            end = None
        taken = range(whole)[begin : end : steps[axis]]
        ranges.append(SliceRange(taken.start, taken.step, len(taken)))
    return ranges


def _numbers(op: Op, context: Context, count: int) -> list[list[int]]:
    tensors = [context.input(op, i + 1) for i in range(count)]
    return [[int(v) for v in tensor.array().reshape(-1)] for tensor in tensors]


def _copy(op: Op, context: Context, source: Tensor, ranges: list[SliceRange]) -> LoweredOp:
    kept = strides([r.count for r in ranges])
    steps = strides(source.shape)
    axes = [
        Axis(r.count, r.step * step, to) for r, step, to in zip(ranges, steps, kept, strict=True)
    ]
    first = sum(r.first * step for r, step in zip(ranges, steps, strict=True))
    return lower_moves(op, context, [Move(source, 0, Block(tuple(axes), source=first))])


def _fits(ranges: list[SliceRange], target: Tensor) -> bool:
    counts = [r.count for r in ranges]
    kept = [c for c in counts if c != 1]
    return 0 < prod(counts) == target.elements and kept == [s for s in target.shape if s != 1]


def _sliced_shape(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
    """Give the shape of a slice, which may be empty in the first or the last turn of a loop."""
    known = len(inputs) == 3 and all(t.data and t.dtype == "int32" for t in inputs[1:])
    if not known:
        return None
    begins, sizes = ([int(v) for v in t.array().reshape(-1)] for t in inputs[1:])
    if len(begins) != len(inputs[0].shape) or len(sizes) != len(begins):
        return None
    rows = zip(inputs[0].shape, begins, sizes, strict=True)
    shape = tuple(whole - first if size == -1 else size for whole, first, size in rows)
    return shape if min(shape, default=0) >= 0 else None


OPDEFS: Final = (
    OpDef(
        "SLICE",
        constraints=(has_three_inputs, source_is_moved, box_is_constant),
        lower=lower_slice,
        shape=Shapes(opened=_sliced_shape),
    ),
    OpDef(
        "STRIDED_SLICE",
        constraints=(
            has_four_inputs,
            source_is_moved,
            strided_box_is_constant,
            masks_are_known,
            strided_box_fits,
        ),
        lower=lower_strided_slice,
        options=(
            32,
            (
                ("begin_mask", 0, "i32", 0),
                ("end_mask", 1, "i32", 0),
                ("ellipsis_mask", 2, "i32", 0),
                ("new_axis_mask", 3, "i32", 0),
                ("shrink_axis_mask", 4, "i32", 0),
                ("offset", 5, "bool", False),
            ),
        ),
    ),
)
