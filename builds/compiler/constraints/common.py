"""What the compiler asks of operators.

One function, one constraint; its docstring is the sentence that people read, so one line.
Each function gives True when the constraint holds. `table.py` says which operator has which.
"""

from collections.abc import Sequence

from builds.compiler.graph import ABSENT, Graph, Op, Tensor

_SOFTMAX_DEPTH = 4096  # more terms could overflow the sum in Q12.19
_SOFTMAX_OUTPUTS = {
    ("int8", "int8"): (1.0 / 256, -128),
    ("int8", "int16"): (1.0 / 65536, -32768),
    ("int16", "int16"): (1.0 / 32768, 0),
}
_QUANTIZED = ("int8", "int16")


def _given(op: Op, graph: Graph) -> list[Tensor]:
    return [graph.tensor(i) for i in op.inputs if i != ABSENT]


def _first(op: Op, graph: Graph) -> Tensor:
    return graph.tensor(op.inputs[0])


def _result(op: Op, graph: Graph) -> Tensor:
    return graph.tensor(op.outputs[0])


def one_input(op: Op, graph: Graph) -> bool:
    """There must be exactly one input and one output."""
    return len(op.inputs) == 1 and len(op.outputs) == 1 and ABSENT not in op.inputs


def two_inputs(op: Op, graph: Graph) -> bool:
    """There must be exactly two inputs and one output."""
    return len(op.inputs) == 2 and len(op.outputs) == 1 and ABSENT not in op.inputs


def one_or_two_inputs(op: Op, graph: Graph) -> bool:
    """There must be one or two inputs and one output."""
    return len(op.inputs) in (1, 2) and len(op.outputs) == 1 and ABSENT not in op.inputs


def two_or_three_inputs(op: Op, graph: Graph) -> bool:
    """There must be two or three inputs and one output."""
    return len(op.inputs) in (2, 3) and len(op.outputs) == 1 and ABSENT not in op.inputs[:2]


def first_input_is_computed(op: Op, graph: Graph) -> bool:
    """The first input must be an activation, not a constant; fold constants before export."""
    return _first(op, graph).data is None


def activations_are_int8(op: Op, graph: Graph) -> bool:
    """Activations must be int8 with a scale; quantise the model to full int8."""
    tensors = (_first(op, graph), _result(op, graph))
    return all(t.dtype == "int8" and t.quantization is not None for t in tensors)


def activations_are_integers(op: Op, graph: Graph) -> bool:
    """Activations must be int8, or int16 with zero point 0; quantise the model to full int8."""
    tensors = (_first(op, graph), _result(op, graph))
    return _are_eight_bits(tensors) or _are_sixteen_bits(tensors)


def _are_eight_bits(tensors: Sequence[Tensor]) -> bool:
    return all(t.dtype == "int8" and t.quantization is not None for t in tensors)


def _are_sixteen_bits(tensors: Sequence[Tensor]) -> bool:
    return all(t.dtype == "int16" and t.scales and t.zero_point == 0 for t in tensors)


def activations_have_one_scale(op: Op, graph: Graph) -> bool:
    """Activations must have one scale and zero point for the whole tensor."""
    tensors = (_first(op, graph), _result(op, graph))
    return all(t.quantization is None or len(t.quantization.scales) == 1 for t in tensors)


def operands_are_int8(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be int8 with one scale each."""
    tensors = [*_given(op, graph), _result(op, graph)]
    return all(
        t.dtype == "int8" and t.quantization is not None and len(t.quantization.scales) == 1
        for t in tensors
    )


def operands_are_integers(op: Op, graph: Graph) -> bool:
    """Operands and result must be int8, or all int16 with zero point 0, with one scale each."""
    tensors = [*_given(op, graph), _result(op, graph)]
    known = _are_eight_bits(tensors) or _are_sixteen_bits(tensors)
    return known and all(len(t.scales) == 1 for t in tensors)


def an_operand_is_computed(op: Op, graph: Graph) -> bool:
    """At least one operand must be an activation; fold constants before export."""
    return any(t.data is None for t in _given(op, graph))


def weights_are_constant(op: Op, graph: Graph) -> bool:
    """Weights and bias must be constant, not computed."""
    return all(graph.tensor(i).data is not None for i in op.inputs[1:] if i != ABSENT)


def weights_are_int8(op: Op, graph: Graph) -> bool:
    """Weights must be int8 or of 4 bits, with a scale; float weights are not compiled."""
    weights = graph.tensor(op.inputs[1])
    return weights.dtype == "int8" and weights.quantization is not None


def weights_are_symmetric(op: Op, graph: Graph) -> bool:
    """Weights must have the zero point 0."""
    quantization = graph.tensor(op.inputs[1]).quantization
    return quantization is not None and not any(quantization.zero_points)


def scales_are_per_filter(op: Op, graph: Graph) -> bool:
    """Weights must have one scale, or one for each output channel."""
    weights = graph.tensor(op.inputs[1])
    channels = 3 if op.kind == "DEPTHWISE_CONV_2D" else 0
    quantization = weights.quantization
    if quantization is None or len(quantization.scales) == 1:
        return True
    return quantization.axis == channels and len(quantization.scales) == weights.shape[channels]


def bias_is_int32(op: Op, graph: Graph) -> bool:
    """The bias must be int32, or int64 for int16, with one value for each output channel."""
    bias = graph.operand(op, 2)
    filters = _result(op, graph).shape[-1]
    wanted = "int64" if _first(op, graph).dtype == "int16" else "int32"
    return bias is None or (bias.dtype == wanted and bias.elements == filters)


def tensors_are_images(op: Op, graph: Graph) -> bool:
    """Input and output must have four dimensions and the same batch size."""
    a, b = _first(op, graph), _result(op, graph)
    return len(a.shape) == 4 and len(b.shape) == 4 and a.shape[0] == b.shape[0]


def filters_fit_input(op: Op, graph: Graph) -> bool:
    """Filters must have four dimensions, with channels that divide those of input and output."""
    source, target = _first(op, graph), _result(op, graph)
    shape = graph.tensor(op.inputs[1]).shape
    if len(shape) != 4 or shape[0] != target.shape[3] or source.shape[3] % shape[3]:
        return False
    return target.shape[3] % (source.shape[3] // shape[3]) == 0


def depthwise_filters_fit(op: Op, graph: Graph) -> bool:
    """Depthwise filters must be 1 x height x width x a multiple of the input's channels."""
    source, target = _first(op, graph), _result(op, graph)
    shape = graph.tensor(op.inputs[1]).shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] != target.shape[3]:
        return False
    return shape[3] % source.shape[3] == 0


def activation_is_known(op: Op, graph: Graph) -> bool:
    """The fused activation must be none, RELU, RELU_N1_TO_1 or RELU6."""
    return op.options.get("activation", 0) in (0, 1, 2, 3)


def matrix_fits_input(op: Op, graph: Graph) -> bool:
    """Weights must be a matrix whose rows divide the input, with one row for each output."""
    source, target = _first(op, graph), _result(op, graph)
    shape = graph.tensor(op.inputs[1]).shape
    if len(shape) != 2 or source.elements % shape[1] or not target.shape:
        return False
    rows = source.elements // shape[1]
    return target.shape[-1] == shape[0] and target.elements == rows * shape[0]


def weights_are_plain(op: Op, graph: Graph) -> bool:
    """Weights must be stored row by row, not shuffled for another engine."""
    return op.options.get("weights_format", 0) == 0


def channels_are_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same channels."""
    return _first(op, graph).shape[3] == _result(op, graph).shape[3]


def scale_is_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same scale and zero point."""
    a, b = _first(op, graph), _result(op, graph)
    return (a.scale, a.zero_point) == (b.scale, b.zero_point)


def shape_is_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same shape."""
    return _first(op, graph).shape == _result(op, graph).shape


def elements_are_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same number of elements and the same type."""
    a, b = _first(op, graph), _result(op, graph)
    return a.elements == b.elements and a.dtype == b.dtype


def shapes_broadcast(op: Op, graph: Graph) -> bool:
    """The operands must broadcast to the output's shape, in at most five dimensions."""
    target = _result(op, graph).shape
    tensors = _given(op, graph)
    if len(target) > 5 or any(len(t.shape) > len(target) for t in tensors):
        return False
    padded = [(1,) * (len(target) - len(t.shape)) + t.shape for t in tensors]
    return tuple(max(sizes) for sizes in zip(*padded, strict=True)) == target and all(
        size in (1, whole) for shape in padded for size, whole in zip(shape, target, strict=True)
    )


def softmax_scale_is_fixed(op: Op, graph: Graph) -> bool:
    """The output must have scale 1/256 and zero point -128, or what TFLM fixes for int16."""
    source, target = _first(op, graph), _result(op, graph)
    scale, zero = _SOFTMAX_OUTPUTS[source.dtype, target.dtype]
    near = target.scale == scale or (
        target.dtype == "int16" and abs(target.scale - scale) <= scale / 1024
    )
    return near and target.zero_point == zero


def softmax_types_are_known(op: Op, graph: Graph) -> bool:
    """Softmax goes from int8 to int8 or int16, or from int16 with zero point 0 to int16."""
    source, target = _first(op, graph), _result(op, graph)
    scaled = source.quantization is not None and target.quantization is not None
    symmetric = source.dtype == "int8" or source.zero_point == 0
    return scaled and symmetric and (source.dtype, target.dtype) in _SOFTMAX_OUTPUTS


def softmax_depth_is_bounded(op: Op, graph: Graph) -> bool:
    """The last dimension must have at most 4096 entries, and beta must be positive."""
    source = _first(op, graph)
    beta = float(op.options["beta"])
    return bool(source.shape) and source.shape[-1] <= _SOFTMAX_DEPTH and 0 < beta <= 1024


def softmax_range_is_representable(op: Op, graph: Graph) -> bool:
    """Input scale times beta: from 2^-26, where TFLM stops (train first), to 2 for int16."""
    reach = _first(op, graph).scale * float(op.options["beta"])
    return reach > 2.0**-26 and (_first(op, graph).dtype == "int8" or reach <= 2)


def quantises_to_int8(op: Op, graph: Graph) -> bool:
    """From float32 or int32 to int8 or int16; from those to each other and int32; int8 <> uint8."""
    a, b = _first(op, graph), _result(op, graph)
    scaled = b.quantization is not None and (a.dtype == "float32" or a.quantization is not None)
    narrowed = a.dtype in (*_QUANTIZED, "float32", "int32") and b.dtype in _QUANTIZED
    widened = a.dtype in _QUANTIZED and b.dtype == "int32"
    return scaled and (narrowed or widened or {a.dtype, b.dtype} == {"int8", "uint8"})


def dequantises_int8(op: Op, graph: Graph) -> bool:
    """The input must be int8, uint8 or int16 with one scale, and the output float32."""
    a, b = _first(op, graph), _result(op, graph)
    return a.dtype in (*_QUANTIZED, "uint8") and a.quantization is not None and b.dtype == "float32"


def axes_are_constant(op: Op, graph: Graph) -> bool:
    """Axes must be constant int32 values inside the input's dimensions."""
    axes, source = graph.tensor(op.inputs[1]), _first(op, graph)
    if axes.data is None or axes.dtype != "int32" or not axes.elements or not source.shape:
        return False
    rank = len(source.shape)
    return all(-rank <= int(v) < rank for v in axes.array().reshape(-1))


def output_is_reduced(op: Op, graph: Graph) -> bool:
    """The output must have the input's dimensions without the reduced axes."""
    source = _first(op, graph)
    rank = len(source.shape)
    axes = {int(v) % rank for v in graph.tensor(op.inputs[1]).array().reshape(-1)}
    kept = tuple(s for i, s in enumerate(source.shape) if i not in axes)
    return kept == tuple(s for s in _result(op, graph).shape if s != 1) or (
        tuple(s for s in kept if s != 1) == tuple(s for s in _result(op, graph).shape if s != 1)
    )


def sum_is_bounded(op: Op, graph: Graph) -> bool:
    """At most 2^22 elements may be added into one result, and 2^15 of int16."""
    most = 1 << 15 if _first(op, graph).dtype == "int16" else 1 << 22
    return _first(op, graph).elements // max(_result(op, graph).elements, 1) <= most


def window_is_bounded(op: Op, graph: Graph) -> bool:
    """A window over int16 must have at most 2^15 elements."""
    sizes = (op.option("filter_h"), op.option("filter_w"))
    return _first(op, graph).dtype == "int8" or (min(sizes) > 0 and sizes[0] * sizes[1] <= 1 << 15)


def paddings_are_constant(op: Op, graph: Graph) -> bool:
    """Paddings must be a constant int32 or int64 pair for each dimension, none negative."""
    pads, source = graph.tensor(op.inputs[1]), _first(op, graph)
    if pads.data is None or pads.dtype not in ("int32", "int64"):
        return False
    if pads.elements != 2 * len(source.shape) or len(source.shape) > 6:
        return False
    return all(0 <= int(v) <= 1 << 20 for v in pads.array().reshape(-1))


def output_is_padded(op: Op, graph: Graph) -> bool:
    """The output must have the input's dimensions plus the paddings, and the same scale."""
    source, target = _first(op, graph), _result(op, graph)
    pads = graph.tensor(op.inputs[1]).array().reshape(-1, 2).astype(int)
    shape = tuple(s + int(p.sum()) for s, p in zip(source.shape, pads, strict=True))
    return shape == target.shape and source.scale == target.scale


def pad_value_is_constant(op: Op, graph: Graph) -> bool:
    """The value to pad with must be one constant of the input's type."""
    value = graph.operand(op, 2)
    if value is None:
        return True
    return value.data is not None and value.dtype == _first(op, graph).dtype and value.elements == 1


def axis_is_constant(op: Op, graph: Graph) -> bool:
    """The axis must be one constant int32 inside the input's dimensions."""
    axis, rank = graph.tensor(op.inputs[1]), len(graph.tensor(op.inputs[0]).shape)
    if axis.data is None or axis.dtype != "int32" or axis.elements != 1:
        return False
    return -rank <= int(axis.array().reshape(-1)[0]) < rank
