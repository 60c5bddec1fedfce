"""What the compiler asks of functions and arithmetic. One function, one constraint."""

from builds.compiler.graph import Graph, Op


def scales_are_moderate(op: Op, graph: Graph) -> bool:
    """Scales: from 2^-40 to 16, the input's at most 2^20 times the output's; slopes: 1024."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    slope = float(op.options.get("alpha", 0.0))
    inside = all(2.0**-40 <= t.scale <= 16 for t in (source, target))
    return inside and source.scale <= target.scale * 2.0**20 and abs(slope) <= 1024


def curve_scale_is_moderate(op: Op, graph: Graph) -> bool:
    """The input's scale must lie between 2^-28, where TFLM's arithmetic ends, and 16 (int16: 2)."""
    source = graph.tensor(op.inputs[0])
    return 2.0**-28 <= source.scale <= (16 if source.dtype == "int8" else 2)


def curve_output_is_fixed(op: Op, graph: Graph) -> bool:
    """Of int16, the output must have the scale 2^-15."""
    target = graph.tensor(op.outputs[0])
    return target.dtype == "int8" or abs(target.scale * 2.0**15 - 1) < 2.0**-11


def root_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The output's scale must be at least 2^-8, the input's root at least 2^-10."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return source.scale >= 2.0**-20 and target.scale >= 2.0**-20


def swish_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The input's scale must be less than 128 times the output's, as TFLM wants it."""
    return graph.tensor(op.inputs[0]).scale < 128 * graph.tensor(op.outputs[0]).scale


def slopes_keep_their_range(op: Op, graph: Graph) -> bool:
    """The input's scale, alone or times the slopes', may be at most 2^12 times the output's."""
    source, slopes = graph.tensor(op.inputs[0]), graph.tensor(op.inputs[1])
    most = graph.tensor(op.outputs[0]).scale * 2.0**12
    return source.scale <= most and source.scale * slopes.scale <= most


def squares_keep_their_range(op: Op, graph: Graph) -> bool:
    """The square of an operand's scale must be at most 2^11 times the output's scale."""
    largest = max(graph.tensor(i).scale for i in op.inputs)
    return largest * largest <= graph.tensor(op.outputs[0]).scale * 2.0**11


def slopes_fit(op: Op, graph: Graph) -> bool:
    """The slopes must be int8 and repeat over the input, whose shape the output must have."""
    return graph.tensor(op.inputs[0]).shape == graph.tensor(op.outputs[0]).shape


def sums_keep_their_range(op: Op, graph: Graph) -> bool:
    """The output's scale must not be 2^19 (int16: 2^14) times smaller than an operand's."""
    target = graph.tensor(op.outputs[0])
    bits = 19 if target.dtype == "int8" else 14
    return max(graph.tensor(i).scale for i in op.inputs) <= target.scale * 2.0**bits


def products_keep_their_range(op: Op, graph: Graph) -> bool:
    """The product of the operands' scales must be at most 2^12 (int16: 1) times the output's."""
    a, b, target = (graph.tensor(i) for i in (*op.inputs, op.outputs[0]))
    return a.scale * b.scale <= target.scale * (2.0**12 if target.dtype == "int8" else 1)


def logarithms_have_a_fixed_scale(op: Op, graph: Graph) -> bool:
    """The output must have scale 1/16 and zero point 127, as TFLM fixes it."""
    target = graph.tensor(op.outputs[0])
    return (target.scale, target.zero_point) == (1 / 16, 127)


def logarithms_keep_their_range(op: Op, graph: Graph) -> bool:
    """The last dimension: at most 4096 entries; the input's scale: from 2^-20 to 16."""
    source = graph.tensor(op.inputs[0])
    return bool(source.shape) and source.shape[-1] <= 4096 and 2.0**-20 <= source.scale <= 16
