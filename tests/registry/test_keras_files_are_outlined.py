"""A `.keras` file is looked into without loading it."""

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused, TooLarge
from registry.files.keras import CODE_LAYERS, Outline, outline
from tests.registry.factories import keras_bytes, keras_members, npz_bytes, refusal_of, zip_bytes

LIMIT = 16 * 1024**2


def look(data: bytes, limit: int = LIMIT) -> Outline:
    return outline(io.BytesIO(data), limit_bytes=limit)


def config_of(layer: dict[str, Any]) -> bytes:
    members = keras_members()
    members["config.json"] = json.dumps({"class_name": "X", "config": {"layers": [layer]}}).encode()
    return zip_bytes(members)


def test_version_and_inputs_are_read() -> None:
    assert look(keras_bytes((8, None, 1))) == Outline("3.15.1", ((8, 0, 1),))


@pytest.mark.parametrize("name", sorted(CODE_LAYERS))
def test_layers_that_carry_code_are_refused(name: str) -> None:
    with pytest.raises(Refused, match=f"a {name} layer, which brings its own code"):
        look(config_of({"class_name": "Wrapper", "config": {"layer": {"class_name": name}}}))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("assets/vocabulary.txt", "holds assets/vocabulary.txt, which no plain model needs"),
        ("saved_model.pb", "zipped SavedModel"),
        ("archive/data.pkl", "PyTorch file"),
    ],
)
def test_other_members_are_refused(name: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        look(zip_bytes(keras_members() | {name: b""}))


def test_a_dataset_is_no_model() -> None:
    with pytest.raises(Refused, match="This is a dataset"):
        look(npz_bytes())


@pytest.mark.parametrize("name", sorted(keras_members()))
def test_a_missing_member_is_named(name: str) -> None:
    members = keras_members()
    del members[name]
    with pytest.raises(Refused, match=f"{name} is missing"):
        look(zip_bytes(members))


@pytest.mark.parametrize("config", [b"{", b"[]", b"null", b"[" * 100_000])
def test_a_configuration_that_is_no_object_is_refused(config: bytes) -> None:
    with pytest.raises(Refused, match="is not"):
        look(zip_bytes(keras_members() | {"config.json": config}))


def test_a_configuration_larger_than_any_real_one_is_refused() -> None:
    config = b'{"a": [' + b",".join([b"0"] * 600_000) + b"]}"
    with pytest.raises(Refused, match="larger than any real one"):
        look(zip_bytes(keras_members() | {"config.json": config}))


def test_damaged_weights_are_refused() -> None:
    with pytest.raises(Refused, match="The weights in the"):
        look(zip_bytes(keras_members() | {"model.weights.h5": b"junk"}))


def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(TooLarge, match="unpacks to"):
        look(keras_bytes(), limit=1000)


def test_a_bomb_is_refused() -> None:
    members = keras_members() | {"model.weights.h5": bytes(8 * 1024**2)}
    with pytest.raises(Refused, match="more than 100 times"):
        look(zip_bytes(members, zipfile.ZIP_DEFLATED))


@given(st.integers(0, 4000), st.integers(0, 255))
def test_whatever_byte_is_changed_only_our_errors_come_out(place: int, value: int) -> None:
    data = bytearray(keras_bytes())
    data[place % len(data)] = value
    assert (refusal_of(lambda: look(bytes(data))) or ".").endswith(".")
