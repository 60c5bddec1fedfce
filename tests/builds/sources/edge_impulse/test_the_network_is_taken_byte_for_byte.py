"""The network of an Edge Impulse archive is what was put into it, or there is one sentence."""

import io
import time
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.sources.edge_impulse.network import arrays, network
from fleet.lib.errors import Refused
from registry.files.edge_impulse.c_text import plain
from tests.registry import impulses
from tests.registry.factories import tflite_bytes

NETWORK, OTHER = tflite_bytes(), tflite_bytes(5)
HEADER = "tflite-model/tflite_learn_3.h"
FILE = "tflite-model/tflite_learn_3.tflite"
LINKED = 'INCBIN(incbin_tflite_learn_3, "tflite-model/tflite_learn_3.tflite");\n'
CPU_SECONDS = 1.0  # a hundred times what one pass over such a text takes
OLD = "unsigned char trained_tflite[] = {" + ",".join(map(str, NETWORK)) + "};"


def taken(**changes: Any) -> bytes:
    return network(io.BytesIO(impulses.archive(NETWORK, **changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {HEADER: LINKED, FILE: NETWORK},
        {FILE: NETWORK},
        {HEADER: None, "tflite-model/tflite-trained.h": OLD},
        {HEADER: impulses.array(NETWORK).upper().replace("0X", "0x").lower()},
    ],
    ids=["array", "file", "both", "older", "spelling"],
)
def test_each_layout_of_studio_is_read(changes: dict[str, Any]) -> None:
    assert taken(**changes) == NETWORK


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({HEADER: None}, "holds no network"),
        ({HEADER: LINKED}, "holds no network"),
        (
            {HEADER: None, "tflite-model/tflite_learn_3_compiled.cpp": "int x;"},
            "compiled to C.. by EON, which is not read; deploy the impulse again without",
        ),
        ({"tflite-model/tflite_learn_4.h": impulses.array(OTHER)}, "holds 2 networks"),
        (
            {HEADER: impulses.array(NETWORK, length=7)},
            f"tflite_learn_3 has {len(NETWORK)} bytes, not 7",
        ),
        ({HEADER: impulses.array(NETWORK).replace("[]", "[9]")}, "bytes, not 9"),
        ({HEADER: impulses.array(NETWORK).replace("0x54", "0x154")}, "not a byte"),
        ({HEADER: impulses.array(NETWORK[:-9]).partition("}")[0]}, "holds no network"),
        ({HEADER: LINKED, FILE: b"not a model"}, "is not a .tflite model"),
        ({f"tflite-model/{n}.h": "" for n in range(40)}, "at most 32 are read"),
    ],
)
def test_what_holds_no_one_network_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        taken(**changes)


@given(st.binary(max_size=300))
def test_an_array_is_the_bytes_that_were_written(data: bytes) -> None:
    assert list(arrays(plain(impulses.array(data)))) == [("tflite_learn_3", data)]


@given(st.data())
def test_an_array_that_was_changed_is_bytes_or_refused(data: st.DataObject) -> None:
    text = impulses.array(NETWORK[:40])
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.text(st.sampled_from('{}[]=;,"/*\\\n0x9_ é'), max_size=3))
    with suppress(Refused):
        for _, found in arrays(plain(text[:at] + put + text[at + 1 :])):
            assert len(found) <= len(text)


@pytest.mark.parametrize(
    "text", ["uint8_t a[] " * 10_000, "uint8_t a[" + " " * 100_000], ids=["starts", "spaces"]
)
def test_what_only_begins_like_an_array_costs_as_much_as_it_is_long(text: str) -> None:
    began = time.process_time()
    assert list(arrays(text)) == []
    assert time.process_time() - began < CPU_SECONDS


def test_the_items_of_a_long_array_are_not_kept_beside_its_bytes() -> None:
    text = "uint8_t a[] = {" + "0x54," * 500_000 + "}"
    tracemalloc.start()
    try:
        ((_, data),) = arrays(text)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(data) == 500_000
    assert peak_bytes < 3 * len(text)
