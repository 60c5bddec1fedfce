"""Multiply-accumulates of a model, as its file says; what the compiler removes still counts."""

from builds.compiler.graph import Graph, Op

_WEIGHTED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})


def count_macs(graph: Graph) -> int:
    """Count the multiply-accumulates of one inference."""
    return sum(_macs(op, graph) for op in graph.ops if op.kind in _WEIGHTED)


def _macs(op: Op, graph: Graph) -> int:
    weights, target = graph.tensor(op.inputs[1]), graph.tensor(op.outputs[0])
    filters = weights.shape[3] if op.kind == "DEPTHWISE_CONV_2D" else weights.shape[0]
    return target.elements * weights.elements // filters
