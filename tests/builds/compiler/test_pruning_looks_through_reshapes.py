"""A reshape between a convolution and a dense layer changes what a channel is."""

import numpy as np
import pytest

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal

WINDOW = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "padding": 1}


def flattened(seed: int, dead: int) -> bytes:
    """Convolution with RELU, flatten, dense; `dead` filters give the same for every input."""
    net = Net(seed)
    source = net.source((1, 6, 6, 2), scale=0.02, zero=0)
    image = net.spec.activation((1, 4, 4, 8), 0.05, -128)
    weights = net.weights((8, 3, 3, 2), axis=0)
    values = net.dice.integers(-500, 500, 8).astype(np.int32)
    values[:dead] = -(1 << 24)
    bias = net.spec.constant(values, scales=(1e-4,))
    net.spec.op("CONV_2D", (source, weights, bias), (image,), activation=1, **WINDOW)
    flat = net.spec.activation((1, 128), 0.05, -128)
    net.spec.op("RESHAPE", (image, net.integers([1, 128])), (flat,))
    matrix = net.weights((3, 128), axis=None)
    net.spec.op("FULLY_CONNECTED", (flat, matrix, net.bias(flat, matrix, 3)), (net.result((1, 3)),))
    return net.build()


@pytest.mark.parametrize("dead", [0, 4, 7])
def test_convolution_flatten_dense_is_equal(dead: int) -> None:
    assert_equal(flattened(2, dead), "cortex-m4f", vectors=8)


def test_no_channel_is_dropped_before_a_flatten() -> None:
    compiled = compile_model(flattened(2, 5), load_target("cortex-m4f"))
    (conv,) = (op for op in compiled.graph.ops if op.kind == "CONV_2D")
    assert compiled.graph.tensor(conv.outputs[0]).shape == (1, 4, 4, 8)
