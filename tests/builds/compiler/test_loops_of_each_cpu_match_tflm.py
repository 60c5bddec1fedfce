"""Loops for a CPU: lengths that fill no vector, ties, extremes, and what they leave to others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import compile_model
from builds.compiler.recipe import Weights
from builds.targets import load_target
from builds.verify import prove
from tests.builds.compiler.networks import Conv, Net, add_binary
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.oracle import assert_equal

FLAVOURS = {
    "cortex-m55": "mve",
    "linux-aarch64": "vector",
    "linux-x86_64": "vector",
    "rv32imc": "scalar",
    "wasm32-simd": "vector",
}
few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
counts = st.sampled_from([1, 2, 3, 4, 5, 8, 13, 15, 16, 17, 20, 31, 32, 35])


class TieNet(Net):
    """Every scale is a power of two, so that sums fall on halves all the time."""

    def scale(self, low: float = 0.005, high: float = 0.2) -> float:
        return float(2.0 ** np.round(self.dice.uniform(np.log2(low), np.log2(high))))


@st.composite
def convolutions(draw: st.DrawFn) -> Conv:
    """Draw a convolution of channels and filters around the lengths of vectors."""
    conv = Conv(
        height=draw(st.integers(1, 6)),
        width=draw(st.integers(1, 7)),
        channels=draw(counts),
        filters=draw(counts),
        taps=(draw(st.integers(1, 4)), draw(st.integers(1, 3))),
        stride=(draw(st.integers(1, 2)), draw(st.integers(1, 2))),
        dilation=draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 2)])),
        padding=draw(st.integers(0, 1)),
        activation=draw(st.integers(0, 3)),
        groups=draw(st.sampled_from([1, 1, 1, 2, 3])),
        batch=draw(st.sampled_from([1, 1, 2])),
        per_channel=draw(st.booleans()),
    )
    return conv if conv.fits else replace(conv, padding=0)


def layers(net: Net, convs: list[Conv]) -> bytes:
    """Build a convolution, a depthwise one, a dense layer and an addition of every shape drawn."""
    for number, conv in enumerate(convs):
        single = replace(conv, filters=1, groups=1, channels=conv.channels * conv.groups)
        add_conv(net, conv)
        add_depthwise(net, single)
        add_dense(
            net,
            conv.batch,
            conv.channels,
            conv.filters,
            activation=conv.activation,
            per_channel=conv.per_channel,
        )
        shape = (1, conv.height, conv.width, conv.channels)
        add_binary(net, "ADD", shape, shape, shape, activation=number % 4)
    return net.build()


def text(model: bytes, target: str) -> str:
    """Give the source that a target gets."""
    return compile_model(model, load_target(target)).files["model.cc"]


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize(
    ("target", "kind"),
    [("cortex-m55", Net), *((target, TieNet) for target in FLAVOURS)],
)
@few
@given(st.integers(0, 10_000), st.lists(convolutions(), min_size=3, max_size=3))
def test_layers_of_any_length(target: str, kind: type[Net], seed: int, convs: list[Conv]) -> None:
    assert_equal(layers(kind(seed), convs), target, vectors=7)


@pytest.mark.parametrize("target", FLAVOURS)
def test_ordinary_layers_get_the_loops_of_their_target(target: str) -> None:
    source = text(layers(Net(3), [Conv(4, 4, 16, 16, (3, 3))]), target)
    for kernel in ("ef_conv", "ef_depthwise", "ef_dense"):
        assert f"{FLAVOURS[target]}::{kernel}" in source
        assert f"portable::{kernel}" not in source


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", FLAVOURS)
def test_weights_apart_compute_the_same(target: str, tmp_path: Path) -> None:
    model, described = layers(Net(3), [Conv(4, 4, 16, 17, (3, 3))]), load_target(target)
    compiled = compile_model(model, described, weights=Weights.APART)
    proof = prove(model, compiled, described, vectors=3, workdir=tmp_path)
    assert proof.engines["emulator"], proof.reasons
    assert proof.equal, proof.first_difference


def pair_of_least_weights(net: Net) -> None:
    """Add a depthwise layer whose two taps together leave 16 bits."""
    source = net.source((1, 3, 3, 4))
    weights = net.spec.constant(
        np.full((1, 1, 2, 4), -128, np.int8), scales=(0.01,), zeros=(0,), axis=0
    )
    target = net.result((1, 3, 2, 4), scale=1.0)
    options = {"padding": 1, "stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
    bias = net.bias(source, weights, 4)
    operands = (source, weights, bias)
    net.spec.op("DEPTHWISE_CONV_2D", operands, (target,), activation=0, multiplier=1, **options)


def growing_dense(net: Net) -> None:
    """Add a dense layer whose sums are shifted to the left."""
    add_small_dense(net, scale=0.05)


def halved_dense(net: Net) -> None:
    """Add a dense layer whose sums are not shifted at all."""
    add_small_dense(net, scale=0.25)


def add_small_dense(net: Net, scale: float) -> None:
    """Add a dense layer with small sums, whose inputs and weights have scales of one half."""
    source = net.source((1, 5), scale=0.5)
    weights = net.spec.constant(
        np.array([[1, -1, 0, 1, 0], [0, 0, -1, 0, 1]], np.int8), scales=(0.5,), zeros=(0,)
    )
    target = net.result((1, 2), scale=scale)
    net.spec.op("FULLY_CONNECTED", (source, weights, -1), (target,), activation=0)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize(
    ("target", "layer"),
    [
        ("cortex-m55", pair_of_least_weights),
        ("cortex-m55", growing_dense),
        ("linux-x86_64", pair_of_least_weights),
        ("linux-x86_64", halved_dense),
        ("rv32imc", growing_dense),
    ],
)
def test_what_a_loop_leaves_out_falls_to_portable_ones(
    target: str, layer: Callable[[Net], None]
) -> None:
    net = Net(1)
    layer(net)
    source = text(net.build(), target)
    assert "portable::" in source
    assert f"{FLAVOURS[target]}::" not in source
    assert_equal(net.build(), target)
