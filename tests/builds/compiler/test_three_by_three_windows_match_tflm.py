"""Depthwise windows of 3 x 3 taps go lane by lane over the picture, often over their own input."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.oracle import assert_equal

TARGETS = ["cortex-m4f", "cortex-m0plus"]
few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)


@st.composite
def windows(draw: st.DrawFn) -> Conv:
    """Draw rows shorter and longer than the columns that are unpacked at a time."""
    conv = Conv(
        height=draw(st.integers(1, 7)),
        width=draw(st.integers(1, 20)),
        channels=draw(st.sampled_from([4, 4, 8, 12, 3])),
        filters=1,
        taps=(3, 3),
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        padding=draw(st.integers(0, 1)),
        activation=draw(st.integers(0, 3)),
        batch=draw(st.sampled_from([1, 1, 2])),
        per_channel=draw(st.booleans()),
        extreme=draw(st.booleans()),
    )
    return conv if conv.fits else Conv(**{**vars(conv), "padding": 0})


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.lists(windows(), min_size=6, max_size=6))
def test_any_picture(target: str, seed: int, drawn: list[Conv]) -> None:
    net = Net(seed)
    for window in drawn:
        add_depthwise(net, window)
    assert_equal(net.build(), target)


def chain(seed: int, height: int, width: int, strides: list[tuple[int, int]]) -> bytes:
    """Build a network of one path: all memory but the ends may be shared."""
    net = Net(seed)
    at = net.source((1, height, width, 8), scale=0.05)
    for stride in strides:
        shape = net.spec.tensors[at].shape
        sizes = [-(-size // step) for size, step in zip(shape[1:3], stride, strict=True)]
        weights = net.weights((1, 3, 3, 8), axis=3)
        made = net.spec.activation((1, *sizes, 8), 0.3, -128)
        options = {"padding": 0, "stride_h": stride[0], "stride_w": stride[1], "multiplier": 1}
        options |= {"dilation_h": 1, "dilation_w": 1, "activation": 1}
        net.spec.op(
            "DEPTHWISE_CONV_2D", (at, weights, net.bias(at, weights, 8)), (made,), **options
        )
        at = made
    net.spec.outputs.append(at)
    return net.build()


step = st.tuples(st.integers(1, 2), st.integers(1, 2))


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.integers(3, 12), st.integers(3, 12), st.lists(step, min_size=3, max_size=5))
def test_layers_that_lie_over_their_inputs(
    target: str, seed: int, height: int, width: int, strides: list[tuple[int, int]]
) -> None:
    assert_equal(chain(seed, height, width, strides), target)


@pytest.mark.parametrize("target", TARGETS)
def test_a_chain_takes_little_more_than_its_largest_tensor(target: str) -> None:
    compiled = compile_model(chain(3, 10, 10, [(1, 1)] * 4), load_target(target))
    assert "ef_depthwise3(" in compiled.files["model.cc"]
    assert compiled.plan.optimal
    assert compiled.arena_bytes == (10 * 10 + 10 + 1) * 8
