"""`ef_common.h` turns real numbers into the integers that service and agent make of them."""

import ctypes
from array import array
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.recipes.quantize.rounding import LIMITS
from builds.toolchain import build_shared
from builds.verify.engines import host_target
from device_agent.model.quantise import TYPECODES
from device_agent.model.quantise import quantise as on_device
from device_agent.protocol.manifest import Tensor

pytestmark = pytest.mark.toolchain
SCALES: Final = (1.0, 0.1, 1 / 255, 1 / 3, 0.0078125, 0.023529412, 7.3)
EXPORTS: Final = """\
#include "ef_common.h"
#define EXPORT(way, type, from, to)                                                          \\
  extern "C" void chip_##way##_##type(const from *a, to *b, uint32_t n, float s, int32_t z) { \\
    ef_##way##_##type(a, b, n, s, z);                                                         \\
  }
EXPORT(quantise, int8, float, int8_t)
EXPORT(quantise, uint8, float, uint8_t)
EXPORT(quantise, int16, float, int16_t)
EXPORT(dequantise, int8, int8_t, float)
extern "C" void chip_slide(uint8_t *window, uint32_t bytes, const uint8_t *fresh, uint32_t more) {
  ef_slide(window, bytes, fresh, more);
}
"""


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    text = (files("builds.image.firmware") / "ef_common.h").read_text("utf-8")
    folder: Path = tmp_path_factory.mktemp("chip")
    sources = {"ef_common.h": text, "exports.cc": EXPORTS}
    return ctypes.CDLL(str(build_shared(sources, host_target(), folder)))


def quantised(
    chip: ctypes.CDLL, values: "array[float]", scale: float, zero_point: int, dtype: str
) -> list[int]:
    made = array(TYPECODES[dtype], bytes(len(values) * array(TYPECODES[dtype]).itemsize))
    given_at, made_at = values.buffer_info()[0], made.buffer_info()[0]
    call = getattr(chip, f"chip_quantise_{dtype}")
    call(
        ctypes.c_void_p(given_at),
        ctypes.c_void_p(made_at),
        len(values),
        ctypes.c_float(scale),
        zero_point,
    )
    return made.tolist()


def agent(values: "array[float]", scale: float, zero_point: int, dtype: str) -> list[int]:
    size = len(values) * array(TYPECODES[dtype]).itemsize
    tensor = Tensor("x", dtype, (len(values),), scale, zero_point, size)
    return array(TYPECODES[dtype], on_device(values.tolist(), tensor).data).tolist()


@pytest.mark.parametrize("dtype", LIMITS)
def test_halves_and_their_neighbours_go_the_same_way(chip: ctypes.CDLL, dtype: str) -> None:
    for scale in SCALES:
        eighths = (np.arange(-1100, 1100) / 8 * np.float32(scale)).astype(np.float32)
        x = np.concatenate([eighths, np.nextafter(eighths, 9e9), np.nextafter(eighths, -9e9)])
        values = array("f", x.astype(np.float32).tolist())
        assert quantised(chip, values, scale, 3, dtype) == agent(values, scale, 3, dtype)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=20),
    st.floats(2.0**-30, 2.0**30, width=32),
    st.integers(-128, 127),
    st.sampled_from(sorted(LIMITS)),
)
def test_any_number_becomes_the_same(
    chip: ctypes.CDLL, values: list[float], scale: float, zero_point: int, dtype: str
) -> None:
    numbers = array("f", values)
    assert quantised(chip, numbers, scale, zero_point, dtype) == agent(
        numbers, scale, zero_point, dtype
    )


def test_what_is_not_a_number_is_the_zero_point(chip: ctypes.CDLL) -> None:
    odd = array("f", [float("nan"), float("inf"), float("-inf")])
    assert quantised(chip, odd, 0.5, 7, "int8") == [7, 127, -128]


def test_the_way_back_gives_the_numbers_that_integers_stand_for(chip: ctypes.CDLL) -> None:
    every, made = array("b", range(-128, 128)), array("f", [0.0] * 256)
    at = ctypes.c_void_p(every.buffer_info()[0]), ctypes.c_void_p(made.buffer_info()[0])
    chip.chip_dequantise_int8(*at, 256, ctypes.c_float(0.1), -3)
    expected = np.float32(0.1) * (np.arange(-128, 128) + 3).astype(np.float32)
    assert made.tolist() == expected.tolist()
    assert quantised(chip, made, 0.1, -3, "int8") == every.tolist()


@given(st.binary(min_size=1, max_size=40), st.binary(max_size=60))
def test_a_window_slides(chip: ctypes.CDLL, window: bytes, fresh: bytes) -> None:
    held = ctypes.create_string_buffer(window, len(window))
    chip.chip_slide(held, len(window), ctypes.create_string_buffer(fresh, len(fresh)), len(fresh))
    assert held.raw == (window + fresh)[-len(window) :]
