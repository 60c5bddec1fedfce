"""What was pushed is judged by its first bytes, and refused with the reason."""

import io
import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused
from registry.choices import Format
from registry.files.sniff import is_skops, sniff
from tests.registry.factories import HDF5, keras_bytes, zip_bytes

TFLITE_HEAD = b"\x1c\x00\x00\x00TFL3" + bytes(8)


def test_a_keras_archive_is_known() -> None:
    assert sniff(keras_bytes()[:16], 5000) is Format.KERAS


def test_a_description_of_a_classical_model_is_known() -> None:
    assert sniff(b' \n{"edgefleet": "t', 5000) is Format.JSON


def test_what_skops_saved_is_no_keras_archive() -> None:
    assert is_skops(io.BytesIO(zip_bytes({"139834.npy": b"", "schema.json": b"{}"})))
    assert not is_skops(io.BytesIO(keras_bytes()))


def test_a_tflite_model_is_known() -> None:
    assert sniff(TFLITE_HEAD, 5000) is Format.TFLITE


def test_a_tflite_model_of_a_few_bytes_was_cut_off() -> None:
    with pytest.raises(Refused, match="was cut off"):
        sniff(TFLITE_HEAD, 8)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Refused, match="is empty"):
        sniff(b"", 0)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (HDF5, "safe loading is not possible"),
        (b"\x1f\x8b\x08", "Compressed files are not read"),
        (b"\x93NUMPY", "NumPy array"),
        (b"GGUF", "language model"),
        (b"\x08\x07\x11\x0bonnx", "neither a .keras archive nor a .tflite"),
    ],
)
def test_other_formats_are_refused_with_the_reason(head: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        sniff(head, 5000)


@given(st.integers(2, pickle.HIGHEST_PROTOCOL), st.dictionaries(st.text(), st.floats()))
def test_every_pickle_is_refused(protocol: int, value: object) -> None:
    with pytest.raises(Refused, match="run code when they are read"):
        sniff(pickle.dumps(value, protocol)[:16], 5000)


@given(st.binary(max_size=16))
def test_any_head_is_a_format_or_refused(head: bytes) -> None:
    with suppress(Refused):
        assert sniff(head, len(head)) in Format
