"""What the compiler asks of functions and arithmetic. One function, one constraint."""

from builds.compiler.graph import ABSENT, Graph, Op


def scales_are_moderate(op: Op, graph: Graph) -> bool:
    """Scales must lie between 2^-20 and 16, and a slope between -1024 and 1024."""
    indices = [i for i in (*op.inputs, *op.outputs) if i != ABSENT]
    slope = float(op.options.get("alpha", 0.0))
    return all(2.0**-20 <= graph.tensor(i).scale <= 16 for i in indices) and abs(slope) <= 1024


def slopes_fit(op: Op, graph: Graph) -> bool:
    """The slopes must be int8 and repeat over the input, whose shape the output must have."""
    return graph.tensor(op.inputs[0]).shape == graph.tensor(op.outputs[0]).shape


def sums_keep_their_range(op: Op, graph: Graph) -> bool:
    """The output's scale must not be 2^19 (int16: 2^14) times smaller than an operand's."""
    target = graph.tensor(op.outputs[0])
    bits = 19 if target.dtype == "int8" else 14
    return max(graph.tensor(i).scale for i in op.inputs) <= target.scale * 2.0**bits


def products_keep_their_range(op: Op, graph: Graph) -> bool:
    """The product of the operands' scales must be at most 2^12 times the output's scale."""
    a, b, target = (graph.tensor(i) for i in (*op.inputs, op.outputs[0]))
    return a.scale * b.scale <= target.scale * 2.0**12
