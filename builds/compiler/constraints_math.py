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
