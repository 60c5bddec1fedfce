"""What the compiler asks of many operators.

One function, one constraint; its docstring is the sentence that people read, so one line. Each
gives True when the constraint holds. What one operator alone is asked stands in its own file.
"""

from collections.abc import Callable, Sequence
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor

Constraint = Callable[[Op, Graph], bool]


def given(op: Op, graph: Graph) -> list[Tensor]:
    """Give the inputs that are not left out."""
    return [graph.tensor(i) for i in op.inputs if i != ABSENT]


def first(op: Op, graph: Graph) -> Tensor:
    """Give the first input."""
    return graph.tensor(op.inputs[0])


def result(op: Op, graph: Graph) -> Tensor:
    """Give the first output."""
    return graph.tensor(op.outputs[0])


def one_input(op: Op, graph: Graph) -> bool:
    """There must be exactly one input and one output."""
    return len(op.inputs) == 1 and len(op.outputs) == 1 and ABSENT not in op.inputs


def two_inputs(op: Op, graph: Graph) -> bool:
    """There must be exactly two inputs and one output."""
    return len(op.inputs) == 2 and len(op.outputs) == 1 and ABSENT not in op.inputs


def two_or_three_inputs(op: Op, graph: Graph) -> bool:
    """There must be two or three inputs and one output."""
    return len(op.inputs) in (2, 3) and len(op.outputs) == 1 and ABSENT not in op.inputs[:2]


def first_input_is_computed(op: Op, graph: Graph) -> bool:
    """The first input must be an activation, not a constant; fold constants before export."""
    return first(op, graph).data is None


def activations_are_int8(op: Op, graph: Graph) -> bool:
    """Activations must be int8 with a scale; quantise the model to full int8."""
    tensors = (first(op, graph), result(op, graph))
    return all(t.dtype == "int8" and t.quantization is not None for t in tensors)


def activations_are_integers(op: Op, graph: Graph) -> bool:
    """Activations must be int8, or int16 with zero point 0; quantise the model to full int8."""
    tensors = (first(op, graph), result(op, graph))
    return are_eight_bits(tensors) or are_sixteen_bits(tensors)


def are_eight_bits(tensors: Sequence[Tensor]) -> bool:
    """Tell whether all tensors are int8 with a scale."""
    return all(t.dtype == "int8" and t.quantization is not None for t in tensors)


def are_sixteen_bits(tensors: Sequence[Tensor]) -> bool:
    """Tell whether all tensors are int16 with a scale and the zero point 0."""
    return all(t.dtype == "int16" and t.scales and t.zero_point == 0 for t in tensors)


def activations_have_one_scale(op: Op, graph: Graph) -> bool:
    """Activations must have one scale and zero point for the whole tensor."""
    tensors = (first(op, graph), result(op, graph))
    return all(t.quantization is None or len(t.quantization.scales) == 1 for t in tensors)


def an_operand_is_computed(op: Op, graph: Graph) -> bool:
    """At least one operand must be an activation; fold constants before export."""
    return any(t.data is None for t in given(op, graph))


def tensors_are_images(op: Op, graph: Graph) -> bool:
    """Input and output must have four dimensions and the same batch size."""
    a, b = first(op, graph), result(op, graph)
    return len(a.shape) == 4 and len(b.shape) == 4 and a.shape[0] == b.shape[0]


def activation_is_known(op: Op, graph: Graph) -> bool:
    """The fused activation must be none, RELU, RELU_N1_TO_1 or RELU6."""
    return op.options.get("activation", 0) in (0, 1, 2, 3)


def scale_is_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same scale and zero point."""
    a, b = first(op, graph), result(op, graph)
    return (a.scale, a.zero_point) == (b.scale, b.zero_point)


def shape_is_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same shape."""
    return first(op, graph).shape == result(op, graph).shape


def axes_are_constant(op: Op, graph: Graph) -> bool:
    """Axes must be constant int32 values inside the input's dimensions."""
    axes, source = graph.tensor(op.inputs[1]), first(op, graph)
    if axes.data is None or axes.dtype != "int32" or not axes.elements or not source.shape:
        return False
    rank = len(source.shape)
    return all(-rank <= int(v) < rank for v in axes.array().reshape(-1))


def output_is_reduced(op: Op, graph: Graph) -> bool:
    """The output must have the input's dimensions without the reduced axes."""
    source = first(op, graph)
    rank = len(source.shape)
    axes = {int(v) % rank for v in graph.tensor(op.inputs[1]).array().reshape(-1)}
    kept = tuple(s for i, s in enumerate(source.shape) if i not in axes)
    return kept == tuple(s for s in result(op, graph).shape if s != 1) or (
        tuple(s for s in kept if s != 1) == tuple(s for s in result(op, graph).shape if s != 1)
    )


def axis_is_constant(op: Op, graph: Graph) -> bool:
    """The axis must be one constant int32 inside the input's dimensions."""
    axis, rank = graph.tensor(op.inputs[1]), len(graph.tensor(op.inputs[0]).shape)
    if axis.data is None or axis.dtype != "int32" or axis.elements != 1:
        return False
    return -rank <= int(axis.array().reshape(-1)[0]) < rank


def no_activation(op: Op, graph: Graph) -> bool:
    """There must be no fused activation."""
    return op.options.get("activation", 0) == 0


def tensors_of(op: Op, graph: Graph) -> list[Tensor]:
    """Give the inputs that are not left out, then the outputs."""
    return [graph.tensor(i) for i in (*op.inputs, *op.outputs) if i != ABSENT]


def types_of(op: Op, graph: Graph) -> set[str]:
    """Give the types of all inputs and outputs."""
    return {t.dtype for t in tensors_of(op, graph)}


def has_one_scale(tensor: Tensor) -> bool:
    """Tell whether a tensor has one scale for the whole."""
    return tensor.quantization is not None and len(tensor.quantization.scales) == 1


ACTIVATION: Final = (first_input_is_computed, activations_are_int8, activations_have_one_scale)
INTEGERS: Final = (first_input_is_computed, activations_are_integers, activations_have_one_scale)
FUNCTION: Final = (one_input, *ACTIVATION, shape_is_kept)
INTEGER_FUNCTION: Final = (one_input, *INTEGERS, shape_is_kept)
