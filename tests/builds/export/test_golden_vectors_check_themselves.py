"""`golden.h` and `golden.bin`: whole, bounded, and true to the proof."""

import re

import pytest

from builds.export import ExportError
from builds.export.golden import HEADER_BYTES, golden_binary, golden_header, vectors_shown
from builds.verify import Interface, TensorSlot
from tests.builds.export.exports import material

FACE = Interface((TensorSlot("i", "int8", (3,), 1.0, 0),), (TensorSlot("o", "int8", (2,), 1.0, 0),))


def array(header: str, name: str) -> bytes:
    found = re.search(rf"{name}\[[^\]]*\] = {{(.*?)}};", header, re.DOTALL)
    assert found is not None
    return bytes(int(value, 16) for value in re.findall("0x[0-9a-f]{2}", found[1]))


def test_the_header_holds_the_vectors_in_order() -> None:
    golden = [(bytes([1, 2, 255]), b"\x80\x7f"), (b"abc", b"de")]
    header = golden_header(FACE, golden)
    assert array(header, "ef_golden_inputs") == b"\x01\x02\xffabc"
    assert array(header, "ef_golden_outputs") == b"\x80\x7fde"
    assert "#define EF_GOLDEN_VECTORS 2u" in header
    assert "ef_golden_input_bytes[EF_INPUTS] = {3u};" in header


def test_the_file_holds_inputs_then_outputs_of_each_vector() -> None:
    assert golden_binary([(b"abc", b"de"), (b"fgh", b"ij")]) == b"abcdefghij"


def test_the_header_is_bounded_and_never_empty() -> None:
    assert vectors_shown([(bytes(1000), bytes(24))] * 100) == HEADER_BYTES // 1024
    assert vectors_shown([(bytes(HEADER_BYTES * 2), b"")] * 3) == 1


def test_without_vectors_nothing_is_exported() -> None:
    with pytest.raises(ExportError, match="no golden vectors"):
        golden_header(FACE, [])


def test_an_export_carries_the_vectors_of_its_proof() -> None:
    made = material().contents()
    assert made["golden.bin"] == golden_binary(material().golden)
    assert array(made["golden.h"].decode(), "ef_golden_outputs") == b"".join(
        outputs for _, outputs in material().golden
    )
