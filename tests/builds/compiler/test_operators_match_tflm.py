"""Operators over drawn shapes, each equal to TFLM on the host and in the target's machine code."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Conv, Net, add_binary, add_unary
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.filters.pool_2d import add_pool
from tests.builds.compiler.operators.images.pad import add_pad
from tests.builds.compiler.operators.reductions.mean import add_reduce
from tests.builds.compiler.operators.reductions.softmax import add_softmax
from tests.builds.compiler.oracle import assert_equal

TARGETS = ["cortex-m4f", "cortex-m0plus"]
few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
small = st.integers(1, 8)


@st.composite
def convolutions(draw: st.DrawFn, *, groups: bool) -> Conv:
    """Draw a convolution whose window fits."""
    conv = Conv(
        height=draw(small),
        width=draw(small),
        channels=draw(st.sampled_from([1, 2, 3, 4, 8, 16])),
        filters=draw(st.sampled_from([1, 2, 3, 4, 8]))
        if groups
        else draw(st.sampled_from([1, 1, 3])),
        taps=(draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        padding=draw(st.integers(0, 1)),
        activation=draw(st.integers(0, 3)),
        groups=draw(st.sampled_from([1, 1, 2, 3])) if groups else 1,
        batch=draw(st.sampled_from([1, 1, 2])),
        per_channel=draw(st.booleans()),
        extreme=draw(st.booleans()),
    )
    if conv.fits:
        return conv
    return Conv(**{**vars(conv), "padding": 0})


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.lists(convolutions(groups=True), min_size=4, max_size=4))
def test_convolutions(target: str, seed: int, convs: list[Conv]) -> None:
    net = Net(seed)
    for conv in convs:
        add_conv(net, conv)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("dilation", [(2, 2), (1, 3)])
def test_dilated_convolutions(dilation: tuple[int, int]) -> None:
    net = Net(5)
    add_conv(net, Conv(7, 6, 4, 4, (3, 2), dilation=dilation))
    add_depthwise(net, Conv(7, 8, 4, 1, (2, 3), dilation=dilation, padding=1))
    assert_equal(net.build(), "cortex-m4f")


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.lists(convolutions(groups=False), min_size=4, max_size=4))
def test_depthwise_convolutions(target: str, seed: int, convs: list[Conv]) -> None:
    net = Net(seed)
    for conv in convs:
        add_depthwise(net, conv)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(
    seeds,
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([1, 3, 4, 8, 17, 64]), st.integers(1, 9)),
        min_size=4,
        max_size=4,
    ),
    st.booleans(),
)
def test_dense_layers(
    target: str, seed: int, sizes: list[tuple[int, int, int]], per_channel: bool
) -> None:
    net = Net(seed)
    for number, (rows, inputs, outputs) in enumerate(sizes):
        add_dense(net, rows, inputs, outputs, activation=number % 4, per_channel=per_channel)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.lists(convolutions(groups=False), min_size=3, max_size=3))
def test_pools(target: str, seed: int, windows: list[Conv]) -> None:
    net = Net(seed)
    for window in windows:
        add_pool(net, window, "AVERAGE_POOL_2D")
        add_pool(net, window, "MAX_POOL_2D")
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.integers(1, 4), st.integers(1, 40), st.sampled_from([0.5, 1.0, 2.0]))
def test_softmax(target: str, seed: int, rows: int, depth: int, beta: float) -> None:
    net = Net(seed)
    add_softmax(net, rows, depth, beta)
    add_softmax(net, 1, depth + 1, beta)
    add_softmax(net, 9, depth + 20, beta)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("scale", [1e-3, 0.03, 0.2, 1.9])
def test_a_softmax_of_many_elements_with_any_scale_is_equal(scale: float) -> None:
    net = Net(2)
    source = net.source((5, 90), scale=scale)
    net.spec.op("SOFTMAX", (source,), (net.result((5, 90), scale=1 / 256, zero=-128),), beta=1.0)
    assert (
        "EfSoftmaxTable"
        in compile_model(net.build(), load_target("linux-x86_64")).files["model.cc"]
    )
    assert_equal(net.build(), vectors=8)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, small, small, st.integers(0, 3))
def test_additions_with_broadcasting(
    target: str, seed: int, height: int, channels: int, activation: int
) -> None:
    net = Net(seed)
    shape = (1, height, 3, channels)
    for other in (shape, (channels,), (1, 1, 1, channels), (1, height, 1, 1), (1,)):
        add_binary(net, "ADD", shape, other, shape, activation=activation)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "QUANTIZE"])
@few
@given(seeds, st.integers(1, 50))
def test_one_operand(kind: str, seed: int, count: int) -> None:
    net = Net(seed)
    add_unary(net, kind, (1, count))
    add_unary(net, kind, (2, 3))
    assert_equal(net.build(), "cortex-m4f")


@pytest.mark.parametrize("kind", ["MEAN", "SUM"])
@few
@given(
    seeds,
    st.tuples(st.integers(1, 2), small, small, small),
    st.sampled_from([[1, 2], [1], [3], [0], [1, 2, 3]]),
    st.booleans(),
)
def test_reductions(
    kind: str, seed: int, shape: tuple[int, ...], axes: list[int], keep: bool
) -> None:
    net = Net(seed)
    add_reduce(net, kind, shape, axes, keep=keep)
    assert_equal(net.build(), "cortex-m0plus")


@few
@given(seeds, st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_paddings(seed: int, pads: list[int]) -> None:
    net = Net(seed)
    add_pad(net, (1, 3, 4, 2), [pads[i : i + 2] for i in range(0, 8, 2)])
    assert_equal(net.build(), "cortex-m4f")


def test_real_numbers_in_and_out() -> None:
    net = Net(3)
    source = net.spec.tensor(TensorSpec((1, 6), "float32"))
    middle = net.spec.activation((1, 6), 0.07, 3)
    target = net.spec.tensor(TensorSpec((1, 6), "float32"))
    net.spec.op("QUANTIZE", (source,), (middle,))
    net.spec.op("DEQUANTIZE", (middle,), (target,))
    net.spec.inputs.append(source)
    net.spec.outputs.append(target)
    assert_equal(net.build(), "cortex-m4f")
