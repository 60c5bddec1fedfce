"""What the compiler asks of operators that move elements without changing them.

As in `common.py`, each function gives True when the constraint holds, and its docstring is the
sentence that people read.
"""

from math import prod

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.kernels.lowering.blocks import AXES
from builds.compiler.kernels.movement.move import axis_of, permutation_of
from builds.compiler.kernels.movement.resize import ONE, blends
from builds.compiler.kernels.movement.slices import Range, slice_ranges, strided_ranges

_WIDE_TYPES = frozenset({"bool", "float32", "int16", "int32", "int8"})


def _tensors(op: Op, graph: Graph) -> list[Tensor]:
    return [graph.tensor(i) for i in op.inputs if i != ABSENT]


def _result(op: Op, graph: Graph) -> Tensor:
    return graph.tensor(op.outputs[0])


def _constants(op: Op, graph: Graph, positions: tuple[int, ...]) -> list[list[int]] | None:
    """The integers of constant operands; None when one is computed or of another type."""
    found = []
    for position in positions:
        tensor = graph.operand(op, position)
        if tensor is None or tensor.data is None or tensor.dtype != "int32":
            return None
        found.append([int(v) for v in tensor.array().reshape(-1)])
    return found


def has_inputs_and_an_output(op: Op, graph: Graph) -> bool:
    """There must be at least one input, none left out, and exactly one output."""
    return bool(op.inputs) and ABSENT not in op.inputs and len(op.outputs) == 1


def has_an_input_and_outputs(op: Op, graph: Graph) -> bool:
    """There must be exactly one input and at least one output."""
    return len(op.inputs) == 1 and ABSENT not in op.inputs and bool(op.outputs)


def has_two_inputs_and_outputs(op: Op, graph: Graph) -> bool:
    """There must be an axis and a tensor, and at least one output."""
    return len(op.inputs) == 2 and ABSENT not in op.inputs and bool(op.outputs)


def has_three_inputs_and_outputs(op: Op, graph: Graph) -> bool:
    """There must be a tensor, sizes and an axis, and at least one output."""
    return len(op.inputs) == 3 and ABSENT not in op.inputs and bool(op.outputs)


def has_three_inputs(op: Op, graph: Graph) -> bool:
    """There must be a tensor, begins and sizes, and one output."""
    return len(op.inputs) == 3 and ABSENT not in op.inputs and len(op.outputs) == 1


def has_four_inputs(op: Op, graph: Graph) -> bool:
    """There must be a tensor, begins, ends and strides, and one output."""
    return len(op.inputs) == 4 and ABSENT not in op.inputs and len(op.outputs) == 1


def _same_types(tensors: list[Tensor], known: frozenset[str]) -> bool:
    return len({t.dtype for t in tensors}) == 1 and tensors[0].dtype in known


def operands_are_one_type(op: Op, graph: Graph) -> bool:
    """Operands and result must be of one type: int8, int16, int32, float32 or bool."""
    return _same_types([*_tensors(op, graph), _result(op, graph)], _WIDE_TYPES)


def source_is_moved(op: Op, graph: Graph) -> bool:
    """Input (an activation) and results: of one type, int8, int16, int32, float32 or bool."""
    source = graph.tensor(op.inputs[1 if op.kind == "SPLIT" else 0])
    results = [graph.tensor(i) for i in op.outputs]
    return source.data is None and _same_types([source, *results], _WIDE_TYPES)


def scales_are_equal(op: Op, graph: Graph) -> bool:
    """Operands and result must have the same scale and zero point."""
    tensors = [*_tensors(op, graph), _result(op, graph)]
    return len({(t.scale, t.zero_point) for t in tensors}) == 1


def no_activation(op: Op, graph: Graph) -> bool:
    """There must be no fused activation."""
    return op.options.get("activation", 0) == 0


def slabs_fill_the_output(op: Op, graph: Graph) -> bool:
    """Operands must have the output's dimensions, and fill it along the axis."""
    target = _result(op, graph).shape
    if not target or not -len(target) <= op.option("axis") < len(target):
        return False
    axis = op.option("axis") % len(target)
    shapes = [t.shape for t in _tensors(op, graph)]
    kept = all(
        len(s) == len(target) and s[:axis] + s[axis + 1 :] == target[:axis] + target[axis + 1 :]
        for s in shapes
    )
    return kept and sum(s[axis] for s in shapes) == target[axis]


def slices_fill_the_output(op: Op, graph: Graph) -> bool:
    """Operands must have one shape, which the output has with one more axis of their number."""
    target = _result(op, graph).shape
    if not target or not -len(target) <= op.option("axis") < len(target):
        return False
    axis = op.option("axis") % len(target)
    rest = target[:axis] + target[axis + 1 :]
    return len(op.inputs) == target[axis] and all(t.shape == rest for t in _tensors(op, graph))


def an_operand_is_moved(op: Op, graph: Graph) -> bool:
    """At least one operand must be an activation; fold constants before export."""
    return any(t.data is None for t in _tensors(op, graph))


def split_axis_is_constant(op: Op, graph: Graph) -> bool:
    """The axis must be one constant int32 inside the input's dimensions."""
    split = op.kind == "SPLIT"
    axis = _constants(op, graph, (0 if split else 2,))
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


def permutation_is_constant(op: Op, graph: Graph) -> bool:
    """The permutation must be constant int32 and give the output's shape."""
    source = graph.tensor(op.inputs[0])
    rank = len(source.shape)
    if _constants(op, graph, (1,)) is None or not 0 < rank <= AXES:
        return False
    order = permutation_of(graph.tensor(op.inputs[1]))
    if sorted(order) != list(range(rank)):
        return False
    return tuple(source.shape[axis] for axis in order) == _result(op, graph).shape


def _is_block(wide: tuple[int, ...], deep: tuple[int, ...], block: int) -> bool:
    if len(wide) != 4 or len(deep) != 4 or block < 1 or wide[0] != deep[0]:
        return False
    sides = (deep[1] * block, deep[2] * block)
    return wide[1:3] == sides and deep[3] == wide[3] * block * block


def depth_becomes_space(op: Op, graph: Graph) -> bool:
    """Images must have four dimensions, and channels must become blocks of pixels."""
    source, target = graph.tensor(op.inputs[0]), _result(op, graph)
    return _is_block(target.shape, source.shape, op.option("block"))


def space_becomes_depth(op: Op, graph: Graph) -> bool:
    """Images must have four dimensions, and blocks of pixels must become channels."""
    source, target = graph.tensor(op.inputs[0]), _result(op, graph)
    return _is_block(source.shape, target.shape, op.option("block"))


def gathered_slices_fit(op: Op, graph: Graph) -> bool:
    """The output must have the indices' dimensions in the place of the axis."""
    shape, axis = graph.tensor(op.inputs[0]).shape, op.option("axis")
    axis %= len(shape)
    wanted = shape[:axis] + graph.tensor(op.inputs[1]).shape + shape[axis + 1 :]
    return wanted == _result(op, graph).shape


def box_is_constant(op: Op, graph: Graph) -> bool:
    """Begins and sizes must be constant int32, inside an input of at most 5 dimensions."""
    source = graph.tensor(op.inputs[0])
    numbers = _constants(op, graph, (1, 2))
    if numbers is None or any(len(n) != len(source.shape) for n in numbers):
        return False
    ranges = slice_ranges(source, *numbers)
    inside = all(
        r.first >= 0 and r.count >= 1 and r.first + r.count <= size
        for r, size in zip(ranges, source.shape, strict=True)
    )
    return inside and len(source.shape) < AXES and _fits(ranges, _result(op, graph))


def strided_box_is_constant(op: Op, graph: Graph) -> bool:
    """Begins, ends and strides must be constant int32, one for each of at most five dimensions."""
    source = graph.tensor(op.inputs[0])
    numbers = _constants(op, graph, (1, 2, 3))
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
    numbers = _constants(op, graph, (1, 2, 3)) or []
    shrunk = op.option("shrink_axis_mask")
    for axis, (begin, whole) in enumerate(zip(numbers[0], source.shape, strict=True)):
        if shrunk >> axis & 1 and not (-whole <= begin < whole and numbers[2][axis] == 1):
            return False
    return _fits(strided_ranges(op, source, *numbers), _result(op, graph))


def _fits(ranges: list[Range], target: Tensor) -> bool:
    counts = [r.count for r in ranges]
    kept = [c for c in counts if c != 1]
    return 0 < prod(counts) == target.elements and kept == [s for s in target.shape if s != 1]


def images_are_resized(op: Op, graph: Graph) -> bool:
    """Images must have four dimensions and keep batch and channels; the size is constant."""
    source, target = graph.tensor(op.inputs[0]).shape, _result(op, graph).shape
    size = _constants(op, graph, (1,))
    if size is None or len(source) != 4 or len(target) != 4:
        return False
    return (source[0], source[3]) == (target[0], target[3]) and tuple(size[0]) == target[1:3]


def neighbours_are_inside(op: Op, graph: Graph) -> bool:
    """The image must not grow so much that TFLM's 10-bit positions leave it."""
    source, target = graph.tensor(op.inputs[0]).shape, _result(op, graph).shape
    how = {
        "corners": bool(op.options["align_corners"]),
        "centers": bool(op.options["half_pixel_centers"]),
    }
    if all(how.values()):
        return False
    for size_in, size_out in zip(source[1:3], target[1:3], strict=True):
        table = blends(size_in, size_out, **how)
        if max(table[0::3]) >= size_in or not all(abs(part) <= ONE for part in table[2::3]):
            return False
    return True
