"""Functions and arithmetic, each equal to TFLM on the host and in machine code."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builds.compiler.networks import Net, add_binary, add_unary
from tests.builds.compiler.oracle import assert_equal

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
SHAPE = (1, 256)


def add_function(net: Net, kind: str, **options: float) -> None:
    """Add a function of 256 inputs, with a scale that TFLM allows."""
    fixed = {
        "LOGISTIC": {"scale": 1 / 256, "zero": -128},
        "TANH": {"scale": 1 / 128, "zero": 0},
    }.get(kind, {})
    target = net.result(SHAPE, **fixed)
    source = net.source(SHAPE, scale=net.scale(0.005, 0.1))
    net.spec.op(kind, (source,), (target,), **options)


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH", "HARD_SWISH", "ABS"])
@few
@given(seeds)
def test_functions_of_one_element(kind: str, seed: int) -> None:
    net = Net(seed)
    for _ in range(4):
        add_function(net, kind)
    assert_equal(net.build(), "cortex-m4f", vectors=8)


@few
@given(seeds, st.sampled_from([0.0, 0.01, 0.3, 1.5]))
def test_leaky_relu(seed: int, alpha: float) -> None:
    net = Net(seed)
    for _ in range(3):
        add_unary(net, "LEAKY_RELU", SHAPE, alpha=alpha)
    assert_equal(net.build(), "cortex-m4f", vectors=8)


@pytest.mark.parametrize("kind", ["MUL", "SUB"])
@few
@given(seeds, st.integers(0, 3))
def test_arithmetic_with_broadcasting(kind: str, seed: int, activation: int) -> None:
    net = Net(seed)
    shape = (1, 3, 4, 5)
    for other in (shape, (5,), (1, 1, 1, 5), (1, 3, 1, 1), (1,)):
        add_binary(net, kind, shape, other, shape, activation=activation)
        add_binary(net, kind, other, shape, shape, activation=activation)
    assert_equal(net.build(), "cortex-m0plus")


@pytest.mark.parametrize("kind", ["MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"])
@few
@given(seeds)
def test_comparisons_and_squares(kind: str, seed: int) -> None:
    net = Net(seed)
    shape = (1, 3, 4, 5)
    for other in (shape, (5,), (1, 3, 1, 1)):
        add_binary(net, kind, shape, other, shape)
    assert_equal(net.build(), "cortex-m4f")


@few
@given(seeds)
def test_prelu(seed: int) -> None:
    net = Net(seed)
    for _ in range(3):
        slopes = net.weights((1, 1, 4), axis=None)
        source, target = net.source((1, 3, 2, 4)), net.result((1, 3, 2, 4))
        net.spec.op("PRELU", (source, slopes), (target,))
    assert_equal(net.build(), "cortex-m4f")


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@few
@given(seeds, st.integers(1, 5), st.integers(1, 300), st.floats(-14, 2))
def test_logarithms_of_softmax(
    target: str, seed: int, rows: int, depth: int, exponent: float
) -> None:
    net = Net(seed)
    for scale in (2.0**exponent, 0.05, 0.12, 1.0):
        source = net.source((rows, depth), scale=scale)
        net.spec.op("LOG_SOFTMAX", (source,), (net.result((rows, depth), scale=1 / 16, zero=127),))
    assert_equal(net.build(), target, vectors=9)
