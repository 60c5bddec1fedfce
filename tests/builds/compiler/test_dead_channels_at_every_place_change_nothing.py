"""Filters that died in training, before and after every operator, leave every output as it is."""

import pytest

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.dead_networks import model
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal


@pytest.mark.parametrize(("seed", "target"), [(1, "cortex-m4f"), (2, "cortex-m0plus")])
def test_random_networks_with_dead_filters_are_equal(seed: int, target: str) -> None:
    assert_equal(model(seed), target, vectors=7)


def dead_before_dense(seed: int) -> bytes:
    """Make two convolutions, the first of which lost channels, the second all; flatten, dense."""
    net = Net(seed)
    source = net.source((1, 6, 6, 1), scale=0.02, zero=0)
    last = source
    for filters, dead in ((20, 8), (40, 40)):
        channels = net.spec.tensors[last].shape[3]
        weights, image = net.weights((filters, 1, 1, channels), axis=0), None
        bias = net.bias(last, weights, filters)
        values = net.spec.tensors[bias].data
        assert values is not None
        values[:dead] = -(1 << 30)
        image = net.spec.activation((1, 6, 6, filters), 0.05, -128)
        window = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "padding": 1}
        net.spec.op("CONV_2D", (last, weights, bias), (image,), activation=1, **window)
        last = image
    flat = net.spec.activation((1, 36 * 40), 0.05, -128)
    net.spec.op("RESHAPE", (last, net.integers([1, 36 * 40])), (flat,))
    matrix = net.weights((10, 36 * 40), axis=None)
    net.spec.op(
        "FULLY_CONNECTED", (flat, matrix, net.bias(flat, matrix, 10)), (net.result((1, 10)),)
    )
    return net.build()


def test_a_dense_layer_behind_a_dead_convolution_keeps_its_rows() -> None:
    compiled = compile_model(dead_before_dense(1), load_target("cortex-m4f"))
    (dense,) = (op for op in compiled.graph.ops if op.kind == "FULLY_CONNECTED")
    assert compiled.graph.tensor(dense.inputs[0]).shape == (1, 36 * 40)
    assert_equal(dead_before_dense(1), "cortex-m4f")
