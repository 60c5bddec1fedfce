"""Which channels are constant, and which are needed.

Forward: a filter gives a constant when what is not known of its inputs cannot change its output.
Backward: a channel is needed when an output of the model depends on it and its contribution cannot
go into a bias.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from builds.compiler.arithmetic.multiplier import activation_range
from builds.compiler.graph import ABSENT, Graph, Op
from builds.compiler.operators.common.lowered_op import Integers
from builds.compiler.operators.filters.weights.banks import constant_outputs
from builds.compiler.passes.prune.layers import KEEPING, Layer, bank_of, layer_of

Flags = npt.NDArray[np.bool_]


@dataclass
class Analysis:
    """What is known of the channels of each tensor; tensors that share memory share an entry."""

    graph: Graph
    constants: dict[int, dict[int, int]] = field(default_factory=dict)
    needed: dict[int, Flags] = field(default_factory=dict)

    def known(self, op: Op) -> dict[int, int]:
        """Give the constant channels of an operator's input; after a reshape they mean others."""
        if not self.same_channels(op.inputs[0]):
            return {}
        return self.constants.get(self.graph.storage(op.inputs[0]), {})

    def same_channels(self, index: int) -> bool:
        """Tell whether a tensor has the channels of the memory that it shares."""
        shape = self.graph.tensor(index).shape
        return shape[-1:] == self.graph.tensor(self.graph.storage(index)).shape[-1:]

    def needs(self, index: int) -> Flags:
        """Give the flags of a tensor's channels."""
        shape = self.graph.tensor(self.graph.storage(index)).shape
        empty = np.zeros(shape[-1] if shape else 1, np.bool_)
        return self.needed.setdefault(self.graph.storage(index), empty)


def analyse(graph: Graph) -> Analysis:
    """Run forward once, and backward until nothing changes."""
    found = Analysis(graph)
    for op in graph.ops:
        if not op.outputs:
            continue
        found.constants[graph.storage(op.outputs[0])] = _constants(op, found)
    for tensor in (*graph.inputs, *graph.outputs):
        found.needs(tensor.index)[:] = True
    for index in _reshaped(graph):
        found.needs(index)[:] = True
    before = -1
    while before != (before := sum(int(f.sum()) for f in found.needed.values())):
        for op in reversed(graph.ops):
            _need(op, found)
    return found


def _reshaped(graph: Graph) -> list[int]:
    """Find tensors whose memory is also read with other channels."""
    found = Analysis(graph)
    return [index for index in graph.aliases if not found.same_channels(index)]


def foldable(layer: Layer, analysis: Analysis) -> dict[int, int]:
    """Give the constant inputs whose contribution is the same at every pixel."""
    zero = analysis.graph.tensor(layer.op.inputs[0]).zero_point
    return {c: v for c, v in analysis.known(layer.op).items() if layer.whole or v == zero}


def contribution(layer: Layer, channel: int, value: int, zero: int) -> Integers:
    """Find what a constant input channel adds to every filter."""
    total: Integers = layer.weights[:, :, channel].sum(axis=1) * (value - zero)
    return total


def _constants(op: Op, analysis: Analysis) -> dict[int, int]:
    graph = analysis.graph
    if op.kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        if not analysis.known(op):
            return {}
        low, high = activation_range(op, graph.tensor(op.outputs[0]))
        return {c: min(max(v, low), high) for c, v in analysis.known(op).items()}
    layer = layer_of(op, graph)
    if layer is None:
        return {}
    return constant_outputs(bank_of(_with_known(layer, analysis), graph))


def _with_known(layer: Layer, analysis: Analysis) -> Layer:
    weights, bias = layer.weights.copy(), layer.bias.copy()
    zero = analysis.graph.tensor(layer.op.inputs[0]).zero_point
    for channel, value in foldable(layer, analysis).items():
        if layer.mixes:
            bias += contribution(layer, channel, value, zero)
            weights[:, :, channel] = 0
        else:
            bias[channel] += weights[channel].sum() * (value - zero)
            weights[channel] = 0
    return replace(layer, weights=weights, bias=bias)


def _need(op: Op, analysis: Analysis) -> None:
    layer = layer_of(op, analysis.graph)
    keeps = op.kind in KEEPING and analysis.same_channels(op.inputs[0])
    if keeps and (layer is not None or op.kind != "DEPTHWISE_CONV_2D"):
        both = analysis.needs(op.inputs[0]) | analysis.needs(op.outputs[0])
        analysis.needs(op.inputs[0])[:] = both
        analysis.needs(op.outputs[0])[:] = both
    elif layer is not None and layer.mixes and analysis.same_channels(op.inputs[0]):
        used: Flags = np.any(layer.weights[analysis.needs(op.outputs[0])], axis=(0, 1))
        used[list(foldable(layer, analysis))] = False
        analysis.needs(op.inputs[0])[:] |= used
    else:
        for index in (*op.inputs, *op.outputs):
            if index != ABSENT:
                analysis.needs(index)[:] = True
