"""Kinds of operators that were refused although TFLM runs them: equal on several CPUs."""

from dataclasses import replace

import numpy as np
import pytest

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal

TARGETS = ["cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc"]


def transposed(
    seed: int, activation: int, stride: int, *, wide: bool = False, padding: int = 0, batch: int = 2
) -> bytes:
    """Make a TRANSPOSE_CONV with a fused activation."""
    net = Net(seed)
    kind, low, high = ("int16", 1e-4, 1e-3) if wide else ("int8", 0.01, 0.05)
    taps, filters, channels = 3, 5, 4
    size = [n * stride if padding == 0 else (n - 1) * stride + taps for n in (3, 4)]
    zero = 0 if wide else net.zero()
    source = net.spec.tensor(
        TensorSpec((batch, 3, 4, channels), kind, (net.scale(low, high),), (zero,))
    )
    weights = net.weights((filters, taps, taps, channels), axis=0)
    bias = net.bias(source, weights, filters)
    if wide:
        spec = net.spec.tensors[bias]
        assert spec.data is not None
        net.spec.tensors[bias] = replace(spec, dtype="int64", data=spec.data.astype(np.int64))
    shape = (batch, *size, filters)
    zero = 0 if wide else net.zero()
    target = net.spec.tensor(TensorSpec(shape, kind, (net.scale(10 * low, 3 * high),), (zero,)))
    net.spec.inputs, net.spec.outputs = [source], [target]
    operands = (net.integers(list(shape)), weights, source, bias)
    more = {"padding": padding, "stride_h": stride, "stride_w": stride, "activation": activation}
    net.spec.op("TRANSPOSE_CONV", operands, (target,), **more)
    return net.build()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("activation", [1, 3])
def test_a_transposed_convolution_may_have_an_activation(
    activation: int, stride: int, target: str
) -> None:
    assert_equal(transposed(activation + stride, activation, stride), target)


@pytest.mark.parametrize("activation", [1, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_one_of_16_bits_may_as_well(activation: int, padding: int) -> None:
    assert_equal(transposed(3, activation, 2, wide=True, padding=padding), "cortex-m4f")


def svdf(seed: int, dtype: str, zero: int, *, bound: int, rank: int = 1, batch: int = 1) -> bytes:
    """Make an SVDF whose state has a zero point, and whose time weights reach `bound`."""
    net, inputs, units, memory = Net(seed), 12, 6, 7
    source = net.source((batch, inputs), scale=0.05)
    filters = units * rank
    feature = net.weights((filters, inputs), axis=None)
    values = net.dice.integers(-bound, bound + 1, (filters, memory)).astype(dtype)
    values[:, 1::2] = bound
    time = net.spec.constant(values, scales=(0.002,), zeros=(0,))
    scale, reach = (0.4, 3000) if dtype == "int8" else (2e-5, 1 << 30)
    biases = net.dice.integers(-reach, reach, units).astype(np.int32)
    bias = net.spec.constant(biases, scales=(scale * 0.002,), zeros=(0,))
    spec = TensorSpec((batch, filters * memory), dtype, (scale,), (zero,), variable=True)
    state = net.spec.tensor(spec)
    target = net.result((batch, units), scale=0.5)
    net.spec.op("SVDF", (source, feature, time, bias, state), (target,), rank=rank, activation=1)
    return net.build()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("zero", [-128, -50, 25, 127])
def test_the_state_of_an_svdf_may_have_a_zero_point(zero: int, target: str) -> None:
    assert_equal(svdf(abs(zero), "int8", zero, bound=127, rank=2, batch=2), target, vectors=9)


@pytest.mark.parametrize("target", TARGETS)
def test_sums_of_an_svdf_wrap_as_tflms_do(target: str) -> None:
    assert_equal(svdf(5, "int16", 0, bound=32767, rank=2), target, vectors=9)


def quantized(source: str, target: str, seed: int) -> bytes:
    """Make a QUANTIZE from one integer type to another."""
    net = Net(seed)
    tensors = [
        net.spec.tensor(TensorSpec((3, 50), kind, (net.scale(1e-4, 1e-2),), (0,)))
        for kind in (source, target)
    ]
    net.spec.op("QUANTIZE", (tensors[0],), (tensors[1],))
    net.spec.inputs, net.spec.outputs = [tensors[0]], [tensors[1]]
    return net.build()


@pytest.mark.parametrize("cpu", TARGETS)
@pytest.mark.parametrize(
    ("source", "target"),
    [("int32", "int8"), ("int32", "int16"), ("int8", "int32"), ("int16", "int32")],
)
def test_quantize_takes_the_pairs_that_tflm_takes(source: str, target: str, cpu: str) -> None:
    assert_equal(quantized(source, target, 7), cpu, vectors=8)
