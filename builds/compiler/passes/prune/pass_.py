"""The rewrite: filters, biases and shapes without the channels that are not needed."""

from dataclasses import replace

import numpy as np

from builds.compiler.graph import Graph, Op, Quantization, Tensor
from builds.compiler.operators.common.lowered_op import Integers
from builds.compiler.passes.prune.analysis import (
    Analysis,
    Flags,
    analyse,
    contribution,
    foldable,
)
from builds.compiler.passes.prune.layers import Layer, layer_of

_LANES = 4  # channels are kept in fours, which the fast loops want
_INT32 = 1 << 31


def prune_channels(graph: Graph) -> Graph:
    """Remove every channel that no output depends on."""
    analysis = analyse(graph)
    keep = {i: _in_lanes(flags) for i, flags in analysis.needed.items()}
    if all(k.all() for k in keep.values()):
        return graph
    tensors = list(graph.tensors)
    ops = tuple(_rewritten(op, analysis, keep, tensors) for op in graph.ops)
    for index, tensor in enumerate(graph.tensors):
        flags = keep.get(graph.storage(index))
        # Another view of the memory has other channels, and then every channel is kept.
        if flags is not None and not flags.all() and tensor.data is None:
            shape = (*tensor.shape[:-1], int(flags.sum()))
            tensors[index] = replace(tensor, shape=shape)
    return replace(graph, ops=ops, tensors=tuple(tensors))


def _in_lanes(needed: Flags) -> Flags:
    """Keep a multiple of four channels, and at least four, where there are so many."""
    keep = needed.copy()
    wanted = max(_LANES, int(keep.sum()) + -int(keep.sum()) % _LANES)
    spare = np.flatnonzero(~keep)[: max(0, wanted - int(keep.sum()))]
    keep[spare] = True
    return keep


def _rewritten(op: Op, analysis: Analysis, keep: dict[int, Flags], tensors: list[Tensor]) -> Op:
    graph = analysis.graph
    layer = layer_of(op, graph)
    if layer is None:
        return op
    rows = keep.get(graph.storage(op.outputs[0]))
    columns = keep.get(graph.storage(op.inputs[0]))
    ends = (op.inputs[0], op.outputs[0])
    if rows is None or columns is None:
        return op
    if all(analysis.needs(i).all() for i in ends):
        return op
    folded = _folded(layer, analysis)
    weights = folded.weights[rows]
    if layer.mixes:
        weights = weights[:, :, columns]
    array = _in_shape(weights, graph.tensor(op.inputs[1]), depthwise=not layer.mixes)
    made = [_weights(graph.tensor(op.inputs[1]), array, rows, len(tensors))]
    made.append(_bias(graph, op, folded.bias[rows], len(tensors) + 1))
    tensors += made
    return replace(op, inputs=(op.inputs[0], made[0].index, made[1].index))


def _folded(layer: Layer, analysis: Analysis) -> Layer:
    """Put what unneeded inputs add into the bias, and forget their weights."""
    if not layer.mixes:
        return layer
    graph, op = analysis.graph, layer.op
    weights, bias = layer.weights.copy(), layer.bias.copy()
    values = foldable(layer, analysis)
    zero = graph.tensor(op.inputs[0]).zero_point
    needed = analysis.needs(op.outputs[0])
    for channel in np.flatnonzero(~analysis.needs(op.inputs[0])):
        bias += contribution(layer, int(channel), values.get(int(channel), zero), zero)
        weights[:, :, channel] = 0
    # Filters that nobody needs may stay to fill a word; nothing may depend on what they hold.
    weights[~needed] = 0
    bias[~needed] = 0
    return replace(layer, weights=weights, bias=np.clip(bias, -_INT32, _INT32 - 1))


def _in_shape(weights: Integers, old: Tensor, *, depthwise: bool) -> Integers:
    if depthwise:
        return weights[:, :, 0].T.reshape(1, *old.shape[1:3], -1)
    return weights.reshape(weights.shape[0], *old.shape[1:-1], weights.shape[2])


def _weights(old: Tensor, array: Integers, rows: Flags, index: int) -> Tensor:
    quantization = old.quantization
    if quantization is not None and len(quantization.scales) > 1:
        kept = np.flatnonzero(rows)
        quantization = Quantization(
            tuple(quantization.scales[i] for i in kept),
            tuple(quantization.zero_points[i] for i in kept),
            quantization.axis,
        )
    data = array.astype(np.int8).tobytes()
    return replace(old, index=index, shape=array.shape, data=data, quantization=quantization)


def _bias(graph: Graph, op: Op, values: Integers, index: int) -> Tensor:
    old = graph.operand(op, 2)
    name = old.name if old else f"{graph.tensor(op.inputs[1]).name}_bias"
    data = values.astype("<i4").tobytes()
    return Tensor(index, name, "int32", values.shape, None, data)
