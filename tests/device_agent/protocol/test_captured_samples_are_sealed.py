"""Boxes open with one key in one place; orders, batches and samples are read back or refused."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field import capture
from device_agent.protocol.field.capture import CapturedBatch, CapturedSample, CaptureOrder, Pick
from device_agent.protocol.field.sealed import OVERHEAD, open_box, seal
from device_agent.protocol.manifest import Tensor

KEY = X25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
TENSOR = Tensor("x", "int8", (1, 2, 2, 1), 0.5, -3, 4)
ORDER = CaptureOrder(
    "cap_1", "digits", "1.0", Pick.BIN, 1, 3, 10, 4096, 1_800_000_000, PUBLIC.hex()
)
KEPT = [CapturedSample(b"abcd", 2, 240), CapturedSample(b"efgh", 0, 130)]


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens_in_its_place(data: bytes, context: bytes) -> None:
    box = seal(data, key=PUBLIC, context=context)
    assert open_box(box, key=KEY, context=context) == data
    assert len(box) == len(data) + OVERHEAD
    with pytest.raises(ProtocolError, match="does not open"):
        open_box(box, key=KEY, context=context + b"x")


@given(st.data())
def test_no_changed_byte_opens(data: st.DataObject) -> None:
    box = bytearray(seal(b"a face", key=PUBLIC, context=b"c"))
    at = data.draw(st.integers(0, len(box) - 1))
    box[at] ^= 1 << data.draw(st.integers(0, 6))
    with pytest.raises(ProtocolError, match="open"):
        open_box(bytes(box), key=KEY, context=b"c")


@pytest.mark.parametrize("box", [b"", bytes(59), bytes(100)])
def test_noise_opens_nothing(box: bytes) -> None:
    with pytest.raises(ProtocolError, match="box"):
        open_box(box, key=KEY, context=b"c")


def test_another_key_opens_nothing() -> None:
    box = seal(b"a face", key=PUBLIC, context=b"c")
    with pytest.raises(ProtocolError, match="does not open"):
        open_box(box, key=X25519PrivateKey.generate(), context=b"c")


def test_two_boxes_of_the_same_look_different() -> None:
    assert seal(b"x", key=PUBLIC, context=b"") != seal(b"x", key=PUBLIC, context=b"")


def test_a_key_that_is_none_seals_nothing() -> None:
    with pytest.raises(ProtocolError, match="not a usable X25519 key"):
        seal(b"x", key=bytes(32), context=b"")


def test_orders_batches_and_samples_are_read_back() -> None:
    assert capture.parse_order(capture.dump_order(ORDER)) == ORDER
    batch = CapturedBatch("cap_1", 3, True, "why")
    assert capture.parse_batch(capture.dump_batch(batch, b"{\n}")) == (batch, b"{\n}")
    assert capture.unpack(capture.pack(TENSOR, KEPT)) == (TENSOR, KEPT)


@pytest.mark.parametrize(
    ("member", "value"),
    [("samples", 0), ("bytes_max", 2**40), ("key", "00"), ("pick", "all"), ("feature", 99)],
)
def test_an_order_beyond_its_limits_is_refused(member: str, value: object) -> None:
    with pytest.raises(ProtocolError, match=member):
        capture.parse_order({**capture.dump_order(ORDER), member: value})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        capture.pack(TENSOR, KEPT)[:-1],
        capture.pack(TENSOR, KEPT) + b"x",
        capture.pack(replace(TENSOR, bytes=5), KEPT),
        capture.pack(replace(TENSOR, dtype="float64"), KEPT),
        capture.pack(TENSOR, [CapturedSample(b"abcd", -1, 0)]),
        capture.pack(TENSOR, [CapturedSample(b"abcd", 0, 300)]),
    ],
)
def test_samples_that_do_not_add_up_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"."):
        capture.unpack(data)


@given(st.binary(max_size=300))
def test_whatever_comes_only_our_error_comes_out(data: bytes) -> None:
    for parse in (capture.parse_batch, capture.unpack):
        with pytest.raises(ProtocolError, match=r"."):
            parse(data)
