"""What reductions of real numbers are asked."""

from builds.compiler.graph import Graph, Op


def reduces_reals(op: Op, graph: Graph) -> bool:
    """In float32, input and output must be float32, of at most six dimensions."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return source.dtype == target.dtype == "float32" and len(source.shape) <= 6


def rows_are_real(op: Op, graph: Graph) -> bool:
    """There must be at least one dimension."""
    return bool(graph.tensor(op.inputs[0]).shape)
