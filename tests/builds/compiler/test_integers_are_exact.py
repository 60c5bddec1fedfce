"""Scales to integers, and the layouts of weights."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.compiler.arithmetic.multiplier import (
    Multiplier,
    quantize_multiplier,
    round_half_away,
    scale_exactly,
)
from builds.compiler.errors import Unsupported
from builds.compiler.graph import Op
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank

OP = Op(0, "CONV_2D", 1, (0, 1), (2,), {})
reals = st.floats(1e-9, 100, allow_nan=False)


@given(reals)
def test_a_multiplier_keeps_31_bits(real: float) -> None:
    by = quantize_multiplier(real)
    assert (1 << 30) <= by.value < (1 << 31)
    assert by.value * 2.0 ** (by.shift - 31) == pytest.approx(real, rel=2**-30)


def test_multipliers_at_the_edges() -> None:
    assert quantize_multiplier(0) == Multiplier(0, 0)
    assert quantize_multiplier(1.0) == Multiplier(1 << 30, 1)
    assert quantize_multiplier(1 - 2**-40) == Multiplier(1 << 30, 1)
    assert quantize_multiplier(2.0**-40) == Multiplier(0, 0)
    with pytest.raises(Unsupported, match="too large"):
        quantize_multiplier(2.0**40)


@given(st.integers(-(2**24), 2**24), st.integers(1 << 30, (1 << 31) - 1), st.integers(0, 12))
def test_scaling_rounds_twice_and_halves_go_away_from_zero(
    value: int, multiplier: int, right: int
) -> None:
    high = (value * multiplier + (1 << 30)) >> 31
    exact = high / 2**right
    assert scale_exactly(value, Multiplier(multiplier, -right)) == round_half_away(exact)


@given(st.floats(-1000, 1000))
def test_rounding_is_symmetric(value: float) -> None:
    assert round_half_away(value) == -round_half_away(-value)
    assert abs(round_half_away(value) - value) <= 0.5


def bank(weights: np.ndarray[tuple[int, int], np.dtype[np.int64]], bias: int = 0) -> Bank:
    """Make a bank of filters with plain scales."""
    biases = np.full(weights.shape[0], bias, np.int64)
    by = (Multiplier(1 << 30, -5),)
    return banks.make_bank(OP, weights, biases, by, (3, -4), (-128, 127))


def matrix(rows: int, columns: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Draw weights."""
    return np.random.default_rng(seed).integers(-127, 128, (rows, columns)).astype(np.int64)


def signed(
    values: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Read 16-bit halves as signed numbers."""
    return (values & 0xFFFF).astype(np.uint16).view(np.int16).astype(np.int64)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_paired_words_hold_both_filters(pairs: int, twos: int, seed: int) -> None:
    weights = matrix(2 * pairs, 2 * twos, seed)
    words = banks.paired_words(weights).reshape(pairs, twos)
    halves = np.stack([signed(words), signed(words >> 16)], axis=-1).reshape(pairs, -1)
    low = (halves & 0xFF).astype(np.uint8).view(np.int8).astype(np.int64)
    assert (low == weights[0::2]).all()
    assert ((halves - low) // 256 == weights[1::2]).all()


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_quads_have_a_word_for_every_filter_and_element(rows: int, columns: int, seed: int) -> None:
    weights = matrix(rows, columns, seed)
    fours = -(-rows // 4)
    assert banks.quad_words_thumb1(weights).size == fours * columns
    assert banks.quad_words_dsp(weights).size == fours * -(-columns // 4) * 4


def test_the_input_zero_point_goes_into_the_bias() -> None:
    made = bank(np.array([[1, 2], [3, -4]], np.int64), bias=10)
    assert made.bias.tolist() == [10 - 3 * 3, 10 + 3 * 1]


def test_a_filter_that_no_input_changes_is_settled() -> None:
    made = bank(np.zeros((2, 4), np.int64), bias=1 << 30)
    assert banks.constant_outputs(made) == {0: 127, 1: 127}
    assert banks.packable(made)
    assert scale_exactly(int(made.bias[0]), made.multipliers[0]) + made.zero == 127


def test_sums_that_could_overflow_are_refused() -> None:
    with pytest.raises(Unsupported, match="overflow"):
        bank(np.full((1, 4), 127, np.int64), bias=(1 << 31) - 100)


def test_what_does_not_fit_the_packed_loops_is_found() -> None:
    assert banks.pairable(matrix(4, 8, 1))
    assert not banks.pairable(np.array([[-1, 1], [-128, 1]], np.int64))
    assert not banks.pairable(np.full((2, 1024), 127, np.int64))
    wide = bank(matrix(2, 8, 2))
    huge = np.full(2, 1 << 24, np.int64)
    assert banks.packable(wide)
    assert not banks.packable(replace(wide, bias=huge))
    assert not banks.packable(replace(wide, multipliers=(Multiplier(1 << 30, 0),)))
