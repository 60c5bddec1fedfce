"""A filter with a smaller bias and a steeper multiplier gives the same byte for every sum."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from builds.compiler.arithmetic.multiplier import Multiplier
from builds.compiler.operators.filters.weights.banks import PACKED_BIAS, Bank, output_of, packable
from builds.compiler.operators.filters.weights.bias_rounding import with_lighter_biases


def bank_with(bias: int, by: Multiplier, weights: list[int], zero: int = -128) -> Bank:
    return Bank(np.array([weights]), np.array([bias], np.int64), (by,), zero, -128, 127)


def outputs(bank: Bank) -> list[int]:
    """For every sum that an input can make."""
    reach, bias, by = int(bank.reach[0]), int(bank.bias[0]), bank.multipliers[0]
    return [output_of(bias + total, by, bank) for total in range(-reach, reach + 1)]


@given(
    bias=st.integers(PACKED_BIAS, 1 << 28) | st.integers(-(1 << 28), -PACKED_BIAS),
    value=st.integers(1 << 30, (1 << 31) - 1),
    wanted=st.integers(2, 100),
    weights=st.lists(st.integers(-8, 8), min_size=1, max_size=3),
    zero=st.sampled_from([-128, 0, 127]),
)
def test_no_output_changes(
    bias: int, value: int, wanted: int, weights: list[int], zero: int
) -> None:
    shift = max(1, (abs(bias) * value >> 31).bit_length() - wanted.bit_length())
    assume(shift <= 31)
    before = bank_with(bias, Multiplier(value, -shift), weights, zero)
    assert outputs(with_lighter_biases(before)) == outputs(before)


def test_a_filter_of_a_public_model_gets_a_bias_that_fits() -> None:
    before = bank_with(26_558_476, Multiplier(1_565_063_334, -20), [127, 127, 127, 127, 105])
    assert len(set(outputs(before))) == 2
    after = with_lighter_biases(before)
    assert not packable(before)
    assert packable(after)
    assert outputs(after) == outputs(before)


def test_filters_that_fit_or_have_many_outputs_stay() -> None:
    for bias, shift in ((5_000_000, -18), (9_000_000, -13)):
        bank = bank_with(bias, Multiplier(1 << 30, shift), [127] * 50)
        after = with_lighter_biases(bank)
        assert (after.bias.tolist(), after.multipliers) == (bank.bias.tolist(), bank.multipliers)
