"""Numbers become integers exactly as TensorFlow Lite makes them; bad input is refused."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.model.quantise import BadInput, quantise, round_half_away
from device_agent.protocol.manifest import Tensor

INT8 = Tensor("x", "int8", (1, 4), 0.5, -3, 4)
F32 = st.floats(-1e6, 1e6, width=32)


def tensor(count: int, scale: float, zero_point: int) -> Tensor:
    return Tensor("x", "int8", (count,), scale, zero_point, count)


@given(
    st.lists(F32, min_size=1, max_size=20),
    st.floats(2**-20, 100, width=32),
    st.integers(-128, 127),
)
def test_numpy_in_single_precision_agrees(
    values: list[float], scale: float, zero_point: int
) -> None:
    quotient = np.array(values, dtype=np.float32) / np.float32(scale)
    wide = quotient.astype(np.float64)
    away = np.copysign(np.floor(np.abs(wide) + 0.5), wide) + zero_point
    expected = np.clip(away, -128, 127).astype(np.int8).tobytes()
    got = quantise(values, tensor(len(values), scale, zero_point))
    assert got.data == expected
    assert got.clipped_low == bool((away < -128).any())
    assert got.clipped_high == bool((away > 127).any())


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (0.49, 0)]
)
def test_halves_go_away_from_zero(value: float, rounded: int) -> None:
    assert round_half_away(value) == rounded


def test_bytes_pass_as_they_are() -> None:
    assert quantise(b"\x01\x02\x03\xff", INT8).data == b"\x01\x02\x03\xff"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (b"123", "3 bytes, the model takes 4"),
        ([1.0], "1 numbers, the model takes 4"),
        ([1.0, 2.0, 3.0, math.nan], "not finite"),
        ([math.inf, 0.0, 0.0, 0.0], "not finite"),
        ([math.inf, -math.inf, 0.0, 0.0], "not finite"),
        (["a", "b", "c", "d"], "not a list of numbers"),
        (17, "not a list of numbers"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(values: object, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        quantise(values, INT8)  # type: ignore[arg-type]


def test_a_sum_that_overflows_is_no_bad_number() -> None:
    large = tensor(4, 1.0, 0)
    assert quantise([3e38, 3e38, 3e38, 3e38], large).clipped_high


def test_real_numbers_pass_into_a_real_input() -> None:
    real = Tensor("x", "float32", (2,), 0.0, 0, 8)
    assert quantise([1.0, -2.0], real).data == struct.pack("<2f", 1.0, -2.0)


def test_an_input_without_a_scale_takes_bytes_only() -> None:
    with pytest.raises(BadInput, match="give bytes"):
        quantise([1.0] * 4, tensor(4, 0.0, 0))


def test_other_integer_types_have_their_own_limits() -> None:
    byte = Tensor("x", "uint8", (3,), 1.0, 0, 3)
    assert quantise([-5.0, 7.0, 300.0], byte).data == bytes([0, 7, 255])
