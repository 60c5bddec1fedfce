"""RESHAPE and its kind move nothing: the result shares its operand's memory."""

from collections.abc import Callable
from dataclasses import replace

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.table import REMOVED


def share_shapes(graph: Graph) -> Graph:
    """Drop operators that only rename a shape, and QUANTIZE to the same scale."""
    return _shared(graph, lambda op: op.kind in REMOVED or _keeps_scale(op, graph))


def share_shapes_only(graph: Graph) -> Graph:
    """Drop operators that only rename a shape: whether scales are equal, training decides."""
    return _shared(graph, lambda op: op.kind in REMOVED)


def _shared(graph: Graph, is_free: Callable[[Op], bool]) -> Graph:
    aliases = dict(graph.aliases)
    tensors = list(graph.tensors)
    kept: list[Op] = []
    for op in graph.ops:
        if not is_free(op):
            kept.append(op)
            continue
        source, target = tensors[op.inputs[0]], tensors[op.outputs[0]]
        if source.data is None:
            aliases[target.index] = source.index
        tensors[target.index] = replace(target, data=source.data)
    outputs = tuple(tensors[t.index] for t in graph.outputs)
    return replace(graph, ops=tuple(kept), tensors=tuple(tensors), aliases=aliases, outputs=outputs)


def _keeps_scale(op: Op, graph: Graph) -> bool:
    plain = op.kind == "QUANTIZE" and not op.functions
    return plain and _same(graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0]))


def _same(source: Tensor, target: Tensor) -> bool:
    key = (source.dtype, source.scale, source.zero_point)
    return key == (target.dtype, target.scale, target.zero_point)
