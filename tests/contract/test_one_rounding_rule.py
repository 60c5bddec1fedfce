"""Service, jailed child and device turn real numbers into the same integers."""

from array import array

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from builds.recipes.quantize.profile import TensorSpec
from builds.recipes.quantize.profile import quantised_samples as profiled
from builds.recipes.quantize.rounding import LIMITS, quantise
from device_agent.model.quantise import TYPECODES
from device_agent.model.quantise import quantise as on_device
from device_agent.protocol.manifest import Tensor

SCALES = (1.0, 0.1, 1 / 255, 1 / 3, 0.0078125, 0.023529412, 7.3)


def device(x: NDArray[np.float32], scale: float, zero_point: int, dtype: str) -> list[int]:
    size = len(x) * array(TYPECODES[dtype]).itemsize
    tensor = Tensor("x", dtype, (len(x),), scale, zero_point, size)
    return array(TYPECODES[dtype], on_device(x.tolist(), tensor).data).tolist()


def test_halves_between_two_integers_go_the_same_way_everywhere() -> None:
    for scale in SCALES:
        eighths = (np.arange(-1100, 1100) / 8 * np.float32(scale)).astype(np.float32)
        x = np.concatenate([eighths, np.nextafter(eighths, 9e9), np.nextafter(eighths, -9e9)])
        x = x.astype(np.float32)
        for dtype in LIMITS:
            ours = quantise(x, scale, 3, dtype)
            assert ours.tolist() == device(x, scale, 3, dtype), (scale, dtype)
        spec = TensorSpec((1, len(x)), "int8", scale, 3)
        assert profiled(x[None], spec)[0].tolist() == quantise(x, scale, 3).tolist()


def test_halves_go_away_from_zero() -> None:
    x = np.array([0.5, 1.5, -0.5, -1.5, 0.49, 0.49999997], np.float32)
    assert quantise(x, 1.0, 0).tolist() == [1, 2, -1, -2, 0, 0]


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=20),
    st.floats(2.0**-30, 2.0**30, width=32),
    st.integers(-128, 127),
    st.sampled_from(sorted(LIMITS)),
)
def test_any_number_becomes_the_same(
    values: list[float], scale: float, zero_point: int, dtype: str
) -> None:
    x = np.array(values, np.float32)
    ours = quantise(x, scale, zero_point, dtype).tolist()
    assert ours == device(x, scale, zero_point, dtype)
    low, high = LIMITS[dtype]
    assert all(low <= q <= high for q in ours)
