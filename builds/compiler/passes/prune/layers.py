"""One view of the layers that mix or keep channels: filters by taps by input channels."""

from dataclasses import dataclass

import numpy as np

from builds.compiler.arithmetic.multiplier import (
    activation_range,
    channel_multipliers,
    tensor_multiplier,
)
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.lowered_op import Integers
from builds.compiler.operators.common.window import window_of
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank

MIXING = frozenset({"CONV_2D", "FULLY_CONNECTED"})
KEEPING = frozenset({"DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D"})
_DEPTHWISE = "DEPTHWISE_CONV_2D"


@dataclass(frozen=True)
class Layer:
    """A layer with filters. `weights` is filters x taps x channels.

    Depthwise filters have one channel.
    """

    op: Op
    weights: Integers
    bias: Integers
    whole: bool  # no tap ever falls outside the input

    @property
    def mixes(self) -> bool:
        """Every filter reads every channel."""
        return self.op.kind in MIXING


def layer_of(op: Op, graph: Graph) -> Layer | None:
    """Give the layer, or None when its channels cannot be told apart."""
    if op.kind not in MIXING | {_DEPTHWISE}:
        return None
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    if source.dtype != "int8":
        return None
    weights = graph.tensor(op.inputs[1])
    array = weights.array().astype(np.int64)
    if op.kind == _DEPTHWISE:
        if weights.shape[3] != source.shape[3]:
            return None
        array = array.reshape(-1, weights.shape[3]).T[:, :, None]
    else:
        array = array.reshape(weights.shape[0], -1, weights.shape[-1])
        if weights.shape[-1] != source.shape[-1]:
            return None
    bias = graph.operand(op, 2)
    zeros = np.zeros(target.shape[-1], np.int64)
    values = zeros if bias is None else bias.array().astype(np.int64).reshape(-1)
    return Layer(op, array, values, _is_whole(op, graph))


def _is_whole(op: Op, graph: Graph) -> bool:
    if op.kind == "FULLY_CONNECTED":
        return True
    weights = graph.tensor(op.inputs[1])
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    w = window_of(op, source, target, (weights.shape[1], weights.shape[2]))
    rows = (w.out_h - 1) * w.stride_h + (w.k_h - 1) * w.dilation_h - w.pad_h
    columns = (w.out_w - 1) * w.stride_w + (w.k_w - 1) * w.dilation_w - w.pad_w
    return w.pad_h == w.pad_w == 0 and rows < w.in_h and columns < w.in_w


def bank_of(layer: Layer, graph: Graph) -> Bank:
    """Give the layer's filter bank as the kernels see it."""
    op = layer.op
    source, weights = graph.tensor(op.inputs[0]), graph.tensor(op.inputs[1])
    target = graph.tensor(op.outputs[0])
    one = weights.quantization is not None and len(weights.quantization.scales) == 1
    dense = op.kind == "FULLY_CONNECTED" and one
    return banks.make_bank(
        op,
        layer.weights.reshape(layer.weights.shape[0], -1),
        layer.bias,
        (tensor_multiplier(source, weights, target),)
        if dense
        else channel_multipliers(source, weights, target),
        (source.zero_point, target.zero_point),
        activation_range(op, target),
    )
