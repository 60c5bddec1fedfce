"""Activations of 16 bits with weights of 8: every operator of ordinary networks equals TFLM."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import Unsupported, compile_model
from builds.compiler.operators.reductions.softmax import table_of
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape, activation16, bias64, given_wide, made_wide
from tests.builds.compiler.oracle import assert_equal

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
sizes = st.integers(1, 5)
TARGETS = ["cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc"]


def add_layers(net: Net, height: int, width: int, channels: int, filters: int) -> None:
    """Add a convolution, a depthwise one and a dense one, each with its own input."""
    window = {"padding": 0, "stride_h": 1, "stride_w": 2, "dilation_h": 1, "dilation_w": 1}
    source, columns = given_wide(net, (2, height, width, channels)), -(-width // 2)
    weights = net.weights((filters, 3, 2, channels), axis=0)
    target = made_wide(net, (2, height, columns, filters), scale=net.scale(1e-4, 1e-2))
    net.spec.op(
        "CONV_2D",
        (source, weights, bias64(net, source, weights, filters)),
        (target,),
        activation=1,
        **window,
    )
    source = given_wide(net, (1, height, width, channels))
    weights = net.weights((1, 2, 3, channels * 2), axis=3)
    target = made_wide(net, (1, height, columns, channels * 2), scale=net.scale(1e-4, 1e-2))
    operands = (source, weights, bias64(net, source, weights, channels * 2))
    net.spec.op("DEPTHWISE_CONV_2D", operands, (target,), multiplier=2, activation=3, **window)
    source, weights = given_wide(net, (3, channels)), net.weights((filters, channels), axis=None)
    target = made_wide(net, (3, filters), scale=net.scale(1e-4, 1e-2))
    net.spec.op(
        "FULLY_CONNECTED", (source, weights, bias64(net, source, weights, filters)), (target,)
    )


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, sizes, sizes, sizes, sizes)
def test_layers_with_weights_are_equal(
    target: str, seed: int, height: int, width: int, channels: int, filters: int
) -> None:
    net = Net(seed)
    add_layers(net, height, width, channels, filters)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("padding", "biased"), [(0, True), (1, False)])
def test_transposed_convolutions_are_equal(target: str, padding: int, biased: bool) -> None:
    net = Net(11)
    source, weights = given_wide(net, (2, 4, 3, 5)), net.weights((3, 3, 2, 5), axis=0)
    size = (8, 6) if padding == 0 else (9, 6)
    made = made_wide(net, (2, *size, 3), scale=net.scale(1e-4, 1e-2))
    operands = [net.integers([2, *size, 3]), weights, source]
    if biased:
        operands.append(bias64(net, source, weights, 3))
    net.spec.op("TRANSPOSE_CONV", operands, (made,), padding=padding, stride_h=2, stride_w=2)
    assert_equal(net.build(), target, vectors=8)


WINDOWS = [  # height, width, channels, filters, taps, stride, dilation, padding
    (5, 6, 4, 5, (1, 1), 1, 1, 1),
    (5, 6, 3, 4, (1, 1), 2, 1, 0),
    (5, 7, 1, 6, (3, 5), 1, 1, 0),
    (7, 8, 5, 3, (3, 2), 1, 2, 0),
    (1, 9, 8, 7, (1, 3), 2, 1, 1),
]


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_windows_of_every_kind_are_equal(kind: str, target: str) -> None:
    net = Net(8)
    for height, width, channels, filters, taps, stride, dilation, padding in WINDOWS:
        add_window(net, kind, (height, width, channels), filters, taps, stride, dilation, padding)
    assert_equal(net.build(), target, vectors=8)


def add_window(
    net: Net,
    kind: str,
    size: tuple[int, int, int],
    filters: int,
    taps: tuple[int, int],
    stride: int,
    dilation: int,
    padding: int,
) -> None:
    """Add a convolution, with a filter a channel when it is depthwise."""
    source = given_wide(net, (1, *size))
    depthwise = kind == "DEPTHWISE_CONV_2D"
    count = size[2] if depthwise else filters
    shape = (1, *taps, count) if depthwise else (count, *taps, size[2])
    weights = net.weights(shape, axis=3 if depthwise else 0, extreme=True)
    out = [net.out_size(n, k, stride, dilation, padding) for n, k in zip(size, taps, strict=False)]
    target = made_wide(net, (1, *out, count), scale=net.scale(1e-4, 1e-2))
    net.spec.op(
        kind,
        (source, weights, bias64(net, source, weights, count)),
        (target,),
        padding=padding,
        activation=0,
        stride_h=stride,
        stride_w=stride,
        dilation_h=dilation,
        dilation_w=dilation,
        **({"multiplier": 1} if depthwise else {}),
    )


def test_outputs_that_lie_over_inputs_are_equal_in_both_orders() -> None:
    """Layers that shrink go forward and those that grow go backward: a chain of both."""
    net = Net(12)
    spec, source, channels = net.spec, given_wide(net, (1, 6, 6, 8)), 8
    for filters in (4, 12, 4, 12, 5):
        weights = net.weights((filters, 1, 1, channels), axis=0)
        operands = (source, weights, bias64(net, source, weights, filters))
        source, channels = activation16(net, (1, 6, 6, filters), scale=3e-3), filters
        window = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "padding": 1}
        spec.op("CONV_2D", operands, (source,), activation=0, **window)
    spec.outputs.append(source)
    compiled = compile_model(net.build(), load_target("cortex-m4f"))
    assert compiled.plan.optimal
    assert {"true);", "false);"} <= set(
        re.findall(r"(?:true|false)\);", compiled.files["model.cc"])
    )
    assert_equal(net.build(), "cortex-m4f", vectors=8)


@pytest.mark.parametrize("target", TARGETS)
def test_a_long_sum_in_32_bits_is_equal(target: str) -> None:
    net = Net(3)
    source = given_wide(net, (1, 700))
    values = net.dice.integers(-40, 41, (6, 700)).astype(np.int8)
    weights = net.spec.constant(values, scales=(0.01,), zeros=(0,))
    made = made_wide(net, (1, 6), scale=0.02)
    net.spec.op("FULLY_CONNECTED", (source, weights, bias64(net, source, weights, 6)), (made,))
    compiled = compile_model(net.build(), load_target(target))
    assert "EfWideNarrow>" in compiled.files["model.cc"]
    assert_equal(net.build(), target, vectors=8)


def test_sums_beyond_32_bits_are_equal() -> None:
    net = Net(2)
    source, weights = given_wide(net, (2, 900)), net.weights((4, 900), axis=None)
    target = made_wide(net, (2, 4), scale=0.1)
    net.spec.op(
        "FULLY_CONNECTED", (source, weights, bias64(net, source, weights, 4, 1 << 30)), (target,)
    )
    compiled = compile_model(net.build(), load_target("cortex-m0plus"))
    assert "EfWideBroad<int64_t>" in compiled.files["model.cc"]
    assert_equal(net.build(), "cortex-m0plus", vectors=8)


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pools_are_equal(kind: str) -> None:
    net = Net(4)
    source, target = (
        given_wide(net, (1, 5, 4, 3), scale=1e-3),
        made_wide(net, (1, 3, 2, 3), scale=1e-3),
    )
    window = {"stride_h": 2, "stride_w": 2, "filter_h": 3, "filter_w": 2}
    net.spec.op(kind, (source,), (target,), padding=0, activation=0, **window)
    for name in TARGETS:
        assert_equal(net.build(), name, vectors=8)


@pytest.mark.parametrize("target", TARGETS)
def test_elementwise_operators_are_equal(target: str) -> None:
    net = Net(6)
    shape = (1, 3, 4, 2)
    for kind in ("RELU", "RELU6"):
        net.spec.op(kind, (given_wide(net, shape),), (made_wide(net, shape),))
    net.spec.op("ADD", (given_wide(net, shape), given_wide(net, shape)), (made_wide(net, shape),))
    net.spec.op("ADD", (given_wide(net, shape), given_wide(net, (2,))), (made_wide(net, shape),))
    source, pads = (
        given_wide(net, (1, 2, 3, 2), scale=0.01),
        net.integers([[0, 0], [1, 0], [0, 2], [0, 0]]),
    )
    net.spec.op("PAD", (source, pads), (made_wide(net, (1, 3, 5, 2), scale=0.01),))
    source, same = given_wide(net, (2, 3), scale=0.01), made_wide(net, (3, 2), scale=0.01)
    net.spec.op("RESHAPE", (source, net.integers([3, 2])), (same,))
    assert_equal(net.build(), target, vectors=8)


def add_wide_functions(net: Net, shape: Shape) -> None:
    """Add curves, with scales that are powers of two and that are not, slopes and arithmetic."""
    for kind, scales in (("LOGISTIC", (2**-12, 2e-4, 1e-6)), ("TANH", (2**-11, 2**-12, 1e-3))):
        for scale in scales:
            source = given_wide(net, shape, scale=scale)
            target = made_wide(net, shape, scale=2**-15)
            net.spec.op(kind, (source,), (target,))
    net.spec.op("LEAKY_RELU", (given_wide(net, shape),), (made_wide(net, shape),), alpha=0.2)
    for kind in ("MUL", "SUB", "MAXIMUM", "MINIMUM"):
        operands = (given_wide(net, shape), given_wide(net, shape[-1:]))
        net.spec.op(kind, operands, (made_wide(net, shape),))


@pytest.mark.parametrize("target", TARGETS)
def test_functions_and_arithmetic_are_equal(target: str) -> None:
    net = Net(5)
    add_wide_functions(net, (3, 60))
    assert_equal(net.build(), target, vectors=8)


def test_a_curve_with_another_output_scale_is_refused() -> None:
    net = Net(5)
    source, target = given_wide(net, (1, 4)), made_wide(net, (1, 4), scale=0.01)
    net.spec.op("TANH", (source,), (target,))
    with pytest.raises(Unsupported, match="scale 2"):
        compile_model(net.build(), load_target("cortex-m4f"))


@pytest.mark.parametrize("kind", ["MEAN", "SUM"])
def test_reductions_are_equal(kind: str) -> None:
    net = Net(8)
    for axes, out in (([1, 2], (2, 1, 1, 2)), ([3], (2, 3, 4, 1))):
        source, target = given_wide(net, (2, 3, 4, 2)), made_wide(net, out)
        net.spec.op(kind, (source, net.integers(axes)), (target,), keep_dims=True)
    assert_equal(net.build(), "cortex-m0plus", vectors=8)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.integers(1, 3), st.integers(1, 40), st.sampled_from([1.0, 0.25]))
def test_softmax_is_equal(target: str, seed: int, rows: int, depth: int, beta: float) -> None:
    net = Net(seed)
    source = given_wide(net, (rows, depth), scale=net.scale(1e-5, 1e-2))
    net.spec.op("SOFTMAX", (source,), (made_wide(net, (rows, depth), scale=2**-15),), beta=beta)
    source = net.source((rows, depth))
    target_tensor = made_wide(net, (rows, depth), scale=2**-16, zero=-32768)
    net.spec.op("SOFTMAX", (source,), (target_tensor,), beta=beta)
    assert_equal(net.build(), target, vectors=8)


@pytest.mark.parametrize("target", TARGETS)
def test_changes_of_type_are_equal(target: str) -> None:
    net = Net(9)
    shape = (3, 50)
    net.spec.op("QUANTIZE", (net.source(shape),), (made_wide(net, shape),))
    net.spec.op("QUANTIZE", (given_wide(net, shape),), (net.result(shape),))
    net.spec.op("QUANTIZE", (given_wide(net, shape),), (made_wide(net, shape),))
    real = net.spec.tensor(TensorSpec(shape, "float32"))
    net.spec.op("DEQUANTIZE", (given_wide(net, shape),), (real,))
    net.spec.op("QUANTIZE", (real,), (made_wide(net, shape),))
    assert_equal(net.build(), target, vectors=8)


def test_tables_fall_or_rise_all_the_way() -> None:
    assert table_of("exponential") == sorted(table_of("exponential"))
    assert table_of("reciprocal") == sorted(table_of("reciprocal"), reverse=True)
    assert (table_of("exponential")[-1], table_of("reciprocal")[-1]) == (32767, 16384)


def test_a_zero_point_is_refused() -> None:
    net = Net(1)
    source = given_wide(net, (1, 4), zero=5)
    net.spec.op("RELU", (source,), (made_wide(net, (1, 4)),))
    with pytest.raises(Unsupported, match="zero point 0"):
        compile_model(net.build(), load_target("cortex-m4f"))
