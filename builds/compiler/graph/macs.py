"""Multiply-accumulates of a model, as its file says; what the compiler removes still counts."""

from builds.compiler.graph import Graph, Op

_WEIGHTED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})


def macs_of(op: Op, graph: Graph) -> int:
    """Count the multiply-accumulates of one operator."""
    if op.kind == "TRANSPOSE_CONV":
        weights, source = graph.tensor(op.inputs[1]), graph.tensor(op.inputs[2])
        return source.elements * weights.elements // weights.shape[3]
    if op.kind == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        source = graph.tensor(op.inputs[0])
        rows = source.elements // source.shape[-1]
        return rows * sum(graph.tensor(i).elements for i in op.inputs[1:9])
    if op.kind == "SVDF":
        batches = graph.tensor(op.inputs[0]).shape[0]
        return batches * sum(graph.tensor(i).elements for i in op.inputs[1:3])
    if op.kind not in _WEIGHTED:
        return 0
    weights, target = graph.tensor(op.inputs[1]), graph.tensor(op.outputs[0])
    filters = weights.shape[3] if op.kind == "DEPTHWISE_CONV_2D" else weights.shape[0]
    return target.elements * weights.elements // filters
