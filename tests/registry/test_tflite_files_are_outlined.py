"""The skeleton of a `.tflite` file is read without following any offset out of it."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused
from registry.files.tflite import Outline, outline
from tests.registry.factories import TINY, tflite_bytes

SHARED = Path(__file__).parents[3] / "shared" / "models"
SHAPES = {
    "hello_world_int8.tflite": ((1,),),
    "kws_ref_model.tflite": ((49, 10, 1),),
    "ad01_int8.tflite": ((640,),),
    "vww_96_int8.tflite": ((96, 96, 3),),
    "pretrainedResnet_quant.tflite": ((32, 32, 3),),
}


def shared(name: str) -> bytes:
    path = SHARED / name
    if not path.exists():
        pytest.skip("the shared models are not beside the project")
    return path.read_bytes()


def test_the_smallest_model_is_read() -> None:
    assert outline(TINY) == Outline(((4,),))
    assert outline(tflite_bytes(7)) == Outline(((7,),))


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_real_models_are_read(name: str) -> None:
    assert outline(shared(name)).inputs == SHAPES[name]


@pytest.mark.parametrize("name", sorted(SHAPES))
@pytest.mark.parametrize("left", [0.1, 0.5, 0.9])
def test_real_models_that_were_cut_off_are_refused(name: str, left: float) -> None:
    data = shared(name)
    with pytest.raises(Refused, match=r"The \.tflite file is damaged or was cut off\."):
        outline(data[: int(len(data) * left)])


@pytest.mark.parametrize("data", [b"", b"\x18\x00\x00\x00TFL3", b"\xff" * 64, TINY[:-4]])
def test_what_leads_outside_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="damaged or was cut off"):
        outline(data)


def test_another_schema_is_refused() -> None:
    data = TINY.replace(b"\x03\x00\x00\x00", b"\x02\x00\x00\x00", 1)
    with pytest.raises(Refused):
        outline(data)


@given(st.integers(0, len(TINY) - 1), st.integers(0, 255))
def test_whatever_byte_is_changed_only_our_error_comes_out(place: int, value: int) -> None:
    data = bytearray(TINY)
    data[place] = value
    with suppress(Refused):
        assert isinstance(outline(bytes(data)), Outline)


@given(st.binary(max_size=200))
def test_noise_is_read_or_refused(noise: bytes) -> None:
    stream = io.BytesIO(noise)
    with suppress(Refused):
        assert isinstance(outline(stream.read()), Outline)
