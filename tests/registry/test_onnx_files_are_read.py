"""An ONNX file is read without any library of its makers, and a bad one is one sentence."""

import pickle
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.sources.onnx.write import write
from fleet.lib.errors import Refused
from registry.files import protobuf
from registry.files.onnx.model import OnnxConstant, OnnxModel, OnnxNode, OnnxValue
from registry.files.onnx.outline import checked, io_schema, outline
from registry.files.onnx.read import read
from registry.files.sniff import sniff
from tests.builds.sources.onnx.models import drawn, model, network, perceptron

WHOLE = write(network())


def field(number: int, data: bytes) -> bytes:
    """A field with a length below 128."""
    return bytes([number << 3 | 2, len(data)]) + data


def test_what_was_written_is_read() -> None:
    for made in (network(), perceptron()):
        assert read(write(made)) == made


def test_its_first_bytes_tell_it() -> None:
    assert sniff(WHOLE[:16], len(WHOLE)).value == "onnx"


def test_images_are_given_channel_last() -> None:
    made = model(
        [OnnxNode("Conv", ("x", "w"), ("y",))], {"w": drawn(2, 3, 3, 3)}, shape=(0, 3, 8, 6)
    )
    assert outline(write(made)) == [(8, 6, 3)]
    assert io_schema(made)["inputs"] == [{"name": "x", "shape": [1, 8, 6, 3], "dtype": "float32"}]


def test_rows_and_sequences_are_given_as_they_are() -> None:
    assert outline(write(perceptron())) == [(8,)]
    made = model([OnnxNode("MatMul", ("x", "w"), ("y",))], {"w": drawn(3, 2)}, shape=(0, 5, 3))
    assert outline(write(made)) == [(5, 3)]


def test_weights_may_be_lists_of_numbers() -> None:
    values = np.array([1, 2, -3], np.int64)
    packed = field(7, b"\x01\x02" + b"\xfd" + b"\xff" * 8 + b"\x01")
    tensor = b"\x08\x03" + b"\x10\x07" + packed + field(8, b"w")
    data = (
        b"\x08\x08" + field(7, field(5, tensor) + field(12, field(1, b"w"))) + field(8, b"\x10\x0d")
    )
    assert read(data).constants["w"].data == values.tobytes()


def changed(**members: object) -> bytes:
    return write(replace(network(), **members))  # type: ignore[arg-type]


OPSET = field(8, b"\x10\x0d")
NODES = network().nodes
ELSEWHERE = field(5, b"\x08\x01\x10\x01" + field(8, b"w") + field(13, b"") + b"\x70\x01")
LOOP = field(1, field(4, b"Loop") + field(5, field(1, b"body") + field(6, b"")))
BAD = {
    "cut off": (WHOLE[:-200], "The ONNX file is damaged or was cut off"),
    "no graph": (b"\x08\x08" + field(2, b"tests"), "damaged or was cut off"),
    "weights that are too short": (
        changed(constants={**network().constants, "b1": OnnxConstant("b1", "float32", (9,), b"1")}),
        "damaged or was cut off",
    ),
    "a size that is huge": (
        changed(
            constants={**network().constants, "b1": OnnxConstant("b1", "float32", (1 << 60,), b"")}
        ),
        "damaged or was cut off",
    ),
    "external data": (b"\x08\x08" + field(7, ELSEWHERE) + OPSET, "keeps weights in another file"),
    "a loop": (b"\x08\x08" + field(7, LOOP) + OPSET, "has a loop, a branch or a function"),
    "a custom operator": (
        changed(nodes=(replace(NODES[0], kind="Magic", domain="com.evil"), *NODES[1:])),
        "has the operator Magic of com.evil, which is not an operator of ONNX itself",
    ),
    "a cycle": (
        changed(nodes=(replace(NODES[0], inputs=("y", "w1", "b1")), *NODES[1:])),
        "reads y, which is made after it or in a cycle",
    ),
    "a value from nowhere": (
        changed(nodes=(replace(NODES[0], inputs=("z", "w1", "b1")), *NODES[1:])),
        "reads z, which is made by nothing",
    ),
    "a value that is made twice": (
        changed(nodes=(*NODES, replace(NODES[1], outputs=("c2",)))),
        "The ONNX value c2 is made twice",
    ),
    "many samples at once": (
        changed(inputs=(OnnxValue("x", "float32", (4, 1, 8, 8)),)),
        "takes 4 samples at a time",
    ),
    "no shape": (
        changed(inputs=(OnnxValue("x", "float32", None),)),
        "The ONNX input x does not say its shape",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence(name: str) -> None:
    data, sentence = BAD[name]
    with pytest.raises(Refused, match=sentence):
        outline(data)


def test_a_size_that_varies_is_refused_by_admission() -> None:
    made = replace(network(), inputs=(OnnxValue("x", "float32", (0, 1, 0, 8)),))
    with pytest.raises(Refused, match="has a size that is not fixed"):
        io_schema(made)


def test_a_pickle_is_never_taken_for_one() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(Refused):
            sniff(pickle.dumps({"weights": [1.0]}, protocol)[:16], 5000)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_model_or_refused(data: bytes) -> None:
    with suppress(Refused):
        assert all(min(shape, default=0) >= 0 for shape in outline(data))


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_byte_that_was_changed_does_no_harm(place: int, by: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= by
    with suppress(Refused):
        assert isinstance(checked(bytes(data)), OnnxModel)


@given(st.binary(max_size=64))
def test_any_bytes_are_fields_or_damaged(data: bytes) -> None:
    with suppress(protobuf.Damaged):
        assert all(found.number > 0 for found in protobuf.fields(memoryview(data)))
