"""What the compiler asks of comparisons, choices, casts, look-ups and plain numbers.

As in `common.py`, each function gives True when the constraint holds, and its docstring is the
sentence that people read.
"""

from builds.compiler.constraints.common import (
    operands_are_int8,
    operands_are_integers,
    shapes_broadcast,
)
from builds.compiler.graph import ABSENT, Graph, Op, Tensor

_PLAIN = ("float32", "int32")
_CAST = frozenset({"bool", "float32", "int16", "int32", "int8"})
_CHOSEN = frozenset({"float32", "int16", "int32", "int8"})
_COMPARED_AXES = 4  # that TFLM broadcasts over


def _tensors(op: Op, graph: Graph) -> list[Tensor]:
    return [graph.tensor(i) for i in (*op.inputs, *op.outputs) if i != ABSENT]


def _types(op: Op, graph: Graph) -> set[str]:
    return {t.dtype for t in _tensors(op, graph)}


def operands_are_comparable(op: Op, graph: Graph) -> bool:
    """Operands: int8 with one scale each, or both float32 or both int32; the answer is bool."""
    a, b, target = _tensors(op, graph)
    scaled = all(len(t.scales) == 1 for t in (a, b))
    known = a.dtype in _PLAIN or (a.dtype == "int8" and scaled)
    return a.dtype == b.dtype and known and target.dtype == "bool"


def compared_scales_are_small(op: Op, graph: Graph) -> bool:
    """Scales of int8 operands must be below 1, for TFLM stops there; divide both beforehand."""
    operands = _tensors(op, graph)[:2]
    return all(t.dtype != "int8" or t.scale < 1 for t in operands)


def comparisons_broadcast(op: Op, graph: Graph) -> bool:
    """Operands must have the output's shape, or broadcast to it in at most four dimensions."""
    shapes = {t.shape for t in _tensors(op, graph)}
    few = all(len(shape) <= _COMPARED_AXES for shape in shapes)
    return shapes_broadcast(op, graph) and (few or len(shapes) == 1)


def operands_are_bool(op: Op, graph: Graph) -> bool:
    """Operands and result must be bool."""
    return _types(op, graph) == {"bool"}


def has_a_condition_and_operands(op: Op, graph: Graph) -> bool:
    """There must be a condition and two operands, and one output."""
    return len(op.inputs) == 3 and len(op.outputs) == 1 and ABSENT not in op.inputs


def condition_is_bool(op: Op, graph: Graph) -> bool:
    """The condition must be bool, and something of what goes in computed."""
    tensors = [graph.tensor(i) for i in op.inputs]
    return tensors[0].dtype == "bool" and any(t.data is None for t in tensors)


def choices_are_one_type(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be of one type: int8, int16, int32 or float32."""
    types = {t.dtype for t in _tensors(op, graph)[1:]}
    return len(types) == 1 and types <= _CHOSEN


def choices_have_one_scale(op: Op, graph: Graph) -> bool:
    """Both operands and the result must have one scale and zero point: TFLM copies bytes."""
    return len({(t.scales, t.zero_point) for t in _tensors(op, graph)[1:]}) == 1


def choices_fit(op: Op, graph: Graph) -> bool:
    """Shapes must broadcast to the output's, in five dimensions; of SELECT, all must be equal."""
    if op.kind == "SELECT":
        return len({t.shape for t in _tensors(op, graph)}) == 1
    return shapes_broadcast(op, graph)


def cast_types_are_known(op: Op, graph: Graph) -> bool:
    """It goes between bool, int8, int16, int32 and float32."""
    return _types(op, graph) <= _CAST


def zeros_are_known(op: Op, graph: Graph) -> bool:
    """The output must be int8, int16, int32 or float32."""
    return graph.tensor(op.outputs[0]).dtype in _CHOSEN


def operands_are_integers_or_plain(op: Op, graph: Graph) -> bool:
    """Operands, result: int8, int16 of zero point 0, with one scale each; float32; int32."""
    return operands_are_integers(op, graph) or _are_plain(op, graph)


def operands_are_int8_or_plain(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be int8 with one scale each, or all float32 or int32."""
    return operands_are_int8(op, graph) or _are_plain(op, graph)


def operands_are_int8_or_real(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be int8 with one scale each, or all float32."""
    return operands_are_int8(op, graph) or _types(op, graph) == {"float32"}


def _are_plain(op: Op, graph: Graph) -> bool:
    types = _types(op, graph)
    unclamped = types == {"float32"} or op.options.get("activation", 0) == 0
    return len(types) == 1 and types <= set(_PLAIN) and unclamped


def quotient_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The first scale must be at most 2^20 times the product of the second and the output's."""
    a, b, target = _tensors(op, graph)
    return a.scale <= b.scale * target.scale * 2.0**20


def is_real(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output must be float32."""
    return _types(op, graph) == {"float32"} and graph.tensor(op.inputs[0]).data is None


def sums_are_int8_or_real(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output must be int8 with one scale each, or both float32."""
    tensors = [graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])]
    types = {t.dtype for t in tensors}
    scaled = types == {"int8"} and all(len(t.scales) == 1 for t in tensors)
    return tensors[0].data is None and (scaled or types == {"float32"})


def running_sum_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The input's scale must be less than 2^18 times the output's."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return source.dtype != "int8" or source.scale < target.scale * 2.0**18


def rows_are_known(op: Op, graph: Graph) -> bool:
    """Input and output: one type, int8, int16, int32 or float32; input or indices computed."""
    source, chosen = (graph.tensor(i) for i in op.inputs)
    types = {source.dtype, graph.tensor(op.outputs[0]).dtype}
    return len(types) == 1 and types <= _CHOSEN and None in (source.data, chosen.data)


def indices_are_inside(op: Op, graph: Graph) -> bool:
    """Indices must be int32, inside the axis where constant, without batch dimensions."""
    shape, axis = graph.tensor(op.inputs[0]).shape, op.option("axis")
    chosen = graph.tensor(op.inputs[1])
    known = chosen.dtype == "int32" and op.option("batch_dims") == 0
    if not known or not -len(shape) <= axis < len(shape):
        return False
    size = shape[axis % len(shape)]
    return chosen.data is None or all(0 <= int(i) < size for i in chosen.array().reshape(-1))


def bools_are_reduced(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output must be bool."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return source.data is None and source.dtype == target.dtype == "bool"
