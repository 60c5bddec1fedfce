"""What the compiler asks of weights and biases. One function, one constraint."""

from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op
from builds.compiler.operators.common.checks import activation_is_known, first, result


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
    filters = result(op, graph).shape[-1]
    wanted = "int64" if first(op, graph).dtype == "int16" else "int32"
    return bias is None or (bias.dtype == wanted and bias.elements == filters)


WEIGHTS: Final = (
    weights_are_constant,
    weights_are_int8,
    weights_are_symmetric,
    scales_are_per_filter,
    bias_is_int32,
    activation_is_known,
)


def filter_macs(op: Op, graph: Graph) -> int:
    """Count one product for each weight of a filter and each output."""
    weights, target = graph.tensor(op.inputs[1]), graph.tensor(op.outputs[0])
    filters = weights.shape[3] if op.kind == "DEPTHWISE_CONV_2D" else weights.shape[0]
    return target.elements * weights.elements // filters
