"""A sample in steps goes the way of the real numbers that its steps stand for: for every value."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from builds.sources.classical.ensemble import (
    Ensemble,
    FeatureType,
    Gives,
    PlainTree,
    grown,
    leaves_reached,
)
from builds.sources.classical.integers.thresholds import stepped

Array = np.ndarray[Any, np.dtype[Any]]
EVERY = {"int8": np.arange(-128, 128), "int16": np.arange(-32768, 32768, 7)}


def stump(threshold: float, *, strict: bool) -> Ensemble:
    """One question."""
    tree = PlainTree(
        np.zeros(3, np.int64),
        np.asarray([threshold, 0, 0]),
        np.asarray([strict, False, False]),
        np.asarray([1, -1, -1]),
        np.asarray([2, -1, -1]),
        np.asarray([[0.0], [1.0], [2.0]]),
    )
    return grown([tree], 1, np.zeros(1), Gives.VALUES)


def walked(model: Ensemble, feature: FeatureType, steps: Array) -> Array:
    """The leaf that each step reaches in the nodes that are left."""
    nodes, (root,) = stepped(model, feature, [0, 1])
    if root < 0:
        return np.full(len(steps), ~root)
    ((_, level, left, right),) = nodes
    return np.where(steps <= level, ~left, ~right)


@settings(max_examples=60)
@given(
    st.floats(-1e6, 1e6),
    st.floats(2.0**-13, 1024, width=32),
    st.integers(-128, 127),
    st.sampled_from(["int8", "int16"]),
    st.booleans(),
)
def test_any_threshold_in_any_steps(
    threshold: float, scale: float, zero: int, dtype: str, strict: bool
) -> None:
    model, steps = stump(threshold, strict=strict), EVERY[dtype]
    feature = FeatureType(dtype, scale, zero if dtype == "int8" else 0)
    reals = (steps.astype(np.float64) - feature.zero_point) * scale
    assert np.array_equal(
        walked(model, feature, steps), leaves_reached(model, reals[:, None])[:, 0]
    )


@settings(max_examples=30)
@given(st.integers(-500, 500), st.integers(1, 64), st.integers(-100, 100), st.booleans())
def test_a_threshold_that_is_a_step_itself(at: int, eighths: int, zero: int, strict: bool) -> None:
    scale = eighths / 8
    model, feature = stump(at * scale, strict=strict), FeatureType("int8", scale, zero)
    reals = (EVERY["int8"] - zero) * scale
    there = leaves_reached(model, reals[:, None])[:, 0]
    assert np.array_equal(walked(model, feature, EVERY["int8"]), there)


@given(st.floats(-1e30, 1e30), st.booleans())
def test_float32_beside_a_threshold_of_more_digits(threshold: float, strict: bool) -> None:
    near = np.float32(threshold)
    x = np.asarray(
        [np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))]
    )
    model = stump(threshold, strict=strict)
    assert np.array_equal(
        walked(model, FeatureType("float32"), x), leaves_reached(model, x[:, None])[:, 0]
    )
