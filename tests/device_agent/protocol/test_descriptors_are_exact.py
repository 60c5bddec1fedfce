"""Descriptors are integers that NumPy, with other arithmetic, finds to the digit."""

from math import isqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.descriptors import DESCRIPTORS, describe, neighbour_stride
from device_agent.protocol.errors import ProtocolError

NAMES = tuple(DESCRIPTORS)


@given(st.binary(min_size=1, max_size=400), st.integers(1, 4))
def test_numpy_agrees(tensor: bytes, channels: int) -> None:
    x = np.frombuffer(tensor, dtype=np.int8).astype(np.int64)
    shape = (1, 1, 1, channels)
    steps = np.abs(x[channels:] - x[: x.size - channels]) if x.size > channels else np.zeros(0)
    expected = (
        int(x.sum()) // x.size,
        isqrt((x.size * int((x * x).sum()) - int(x.sum()) ** 2) // x.size**2),
        1000 * int((x == -128).sum()) // x.size,
        1000 * int((x == 127).sum()) // x.size,
        16 * int(steps.sum()) // steps.size if steps.size else 0,
    )
    assert describe(tensor, shape, NAMES) == expected


def test_a_constant_tensor_has_no_spread_and_no_edges() -> None:
    assert describe(bytes([5]) * 64, (1, 8, 8, 1), NAMES) == (5, 0, 0, 0, 0)


def test_neighbours_in_an_image_are_of_the_same_channel() -> None:
    assert neighbour_stride((1, 8, 8, 3)) == 3
    assert neighbour_stride((1, 640)) == 1
    striped = bytes([10, 0]) * 32
    assert describe(striped, (1, 4, 8, 2), ["edge"]) == (0,)
    assert describe(striped, (1, 64), ["edge"]) == (160,)


def test_an_empty_tensor_is_refused() -> None:
    with pytest.raises(ProtocolError):
        describe(b"", (0,), ["mean"])
