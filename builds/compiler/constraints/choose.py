"""What the compiler asks of transposed convolutions and of operators that choose among elements.

As in `common.py`, each function gives True when the constraint holds, and its docstring is the
sentence that people read.
"""

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.kernels.filters.batch_matmul import BATCH_AXES, inner_size
from builds.compiler.kernels.filters.transpose_conv import BIAS, FILTER, SOURCE

_NORM_DEPTH = 32_768  # more squares of int8 differences could overflow 32 bits


def _result(op: Op, graph: Graph) -> Tensor:
    return graph.tensor(op.outputs[0])


def has_shape_filters_and_input(op: Op, graph: Graph) -> bool:
    """There must be an output shape, filters and an input, perhaps a bias, and one output."""
    return len(op.inputs) in (3, 4) and len(op.outputs) == 1 and ABSENT not in op.inputs[:3]


def image_is_integer(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output: images of int8, or int16 with zero point 0, one scale."""
    tensors = (graph.tensor(op.inputs[SOURCE]), _result(op, graph))
    known = all(
        t.dtype == tensors[0].dtype
        and (t.dtype == "int8" or (t.dtype == "int16" and t.zero_point == 0))
        and len(t.shape) == 4
        and t.quantization is not None
        and len(t.quantization.scales) == 1
        for t in tensors
    )
    return known and tensors[0].data is None


def filters_are_constant_int8(op: Op, graph: Graph) -> bool:
    """Filters must be constant int8, zero point 0, with one scale or one for each output."""
    weights = graph.tensor(op.inputs[FILTER])
    quantization = weights.quantization
    if weights.data is None or weights.dtype != "int8" or quantization is None:
        return False
    if len(weights.shape) != 4 or any(quantization.zero_points):
        return False
    count = len(quantization.scales)
    return count == 1 or (quantization.axis == 0 and count == weights.shape[0])


def transposed_shapes_fit(op: Op, graph: Graph) -> bool:
    """Batches must agree, and filters must be output channels x height x width x input channels."""
    source, target = graph.tensor(op.inputs[SOURCE]).shape, _result(op, graph).shape
    weights = graph.tensor(op.inputs[FILTER]).shape
    fits = (source[0], weights[3], weights[0]) == (target[0], source[3], target[3])
    return fits and min(op.option("stride_h"), op.option("stride_w")) >= 1


def transposed_bias_is_int32(op: Op, graph: Graph) -> bool:
    """The bias: constant int32, or int64 for int16, with one value for each output channel."""
    bias = graph.operand(op, BIAS)
    if bias is None:
        return True
    channels = _result(op, graph).shape[3]
    wanted = "int64" if _result(op, graph).dtype == "int16" else "int32"
    return bias.data is not None and bias.dtype == wanted and bias.elements == channels


def places_are_int32(op: Op, graph: Graph) -> bool:
    """The input: an activation of int8 or float32; the output: int32 (output_type=tf.int32)."""
    source = graph.tensor(op.inputs[0])
    known = source.dtype in ("int8", "float32") and source.data is None
    return known and _result(op, graph).dtype == "int32"


def places_fit_the_input(op: Op, graph: Graph) -> bool:
    """The output must have the input's dimensions without the axis."""
    shape = graph.tensor(op.inputs[0]).shape
    axis = int(graph.tensor(op.inputs[1]).array().reshape(-1)[0]) % len(shape)
    wanted = [size for size in shape[:axis] + shape[axis + 1 :] if size != 1]
    return wanted == [size for size in _result(op, graph).shape if size != 1]


def rows_are_bounded(op: Op, graph: Graph) -> bool:
    """There must be one to four dimensions, the last of at most 32,768 elements."""
    shape = graph.tensor(op.inputs[0]).shape
    return 1 <= len(shape) <= 4 and shape[-1] <= _NORM_DEPTH


def matrices_fit(op: Op, graph: Graph) -> bool:
    """Operands must be matrices with one inner size, that give the output's rows and columns."""
    a, b, target = graph.tensor(op.inputs[0]), graph.tensor(op.inputs[1]), _result(op, graph)
    if min(len(t.shape) for t in (a, b, target)) < 2:
        return False
    left = a.shape[:-3:-1] if op.options["adj_x"] else a.shape[-2:]
    right = b.shape[:-3:-1] if op.options["adj_y"] else b.shape[-2:]
    inner = inner_size(op, a)
    return (
        (left[1], right[0]) == (inner, inner)
        and inner <= _NORM_DEPTH
        and (
            left[0],
            right[1],
        )
        == target.shape[-2:]
    )


def batches_broadcast(op: Op, graph: Graph) -> bool:
    """Batches must broadcast to the output's, in at most three dimensions."""
    wanted = _result(op, graph).shape[:-2]
    given = [graph.tensor(i).shape[:-2] for i in op.inputs]
    if len(wanted) > BATCH_AXES or any(len(g) > len(wanted) for g in given):
        return False
    padded = [(1,) * (len(wanted) - len(g)) + g for g in given]
    return all(
        max(sizes) == whole and all(size in (1, whole) for size in sizes)
        for *sizes, whole in zip(*padded, wanted, strict=True)
    )
