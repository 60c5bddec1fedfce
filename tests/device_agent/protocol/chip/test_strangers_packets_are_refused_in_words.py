"""Whatever comes over a line is a packet or one sentence; nothing is built before it is counted."""

from collections.abc import Callable

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.chip import smp_group
from device_agent.protocol.chip.cbor import DEPTH_MAX, PAYLOAD_MAX, dumps_map, loads_map
from device_agent.protocol.chip.image import parse_boot_image, parse_model_image
from device_agent.protocol.chip.packet import Operation, Packet, dump_packet, parse_packet
from device_agent.protocol.errors import ProtocolError

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.binary() | st.text()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
BOMBS = {
    "a list of four thousand million": b"\xa1\x61a\x9a\xff\xff\xff\xff",
    "a map of as many": b"\xbb" + b"\xff" * 8,
    "a text longer than all": b"\xa1\x61a\x7b" + b"\x7f" * 8 + b"x",
    "lists in lists": b"\xa1\x61a" + b"\x81" * 5000 + b"\x00",
    "open lists in lists": b"\xa1\x61a" + b"\x9f" * 3000 + b"\xff" * 3000,
    "a tag": b"\xa1\x61a\xc2\x41\x01",
    "a number with a fraction": b"\xa1\x61a\xfb" + bytes(8),
    "two items": b"\xa0\xa0",
    "no map": b"\x01",
    "keys that are numbers": b"\xa1\x01\x01",
    "a break alone": b"\xff",
    "nothing": b"",
    "a reserved length": b"\xa1\x61a\x1c",
    "a text that is none": b"\xa1\x61\xff\x00",
}


def said(parse: Callable[[], object]) -> object:
    """What was read, or that it was refused in one sentence."""
    try:
        return parse()
    except ProtocolError as error:
        return "refused" if str(error).endswith(".") else None


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_is_built(name: str) -> None:
    with pytest.raises(ProtocolError):
        loads_map(BOMBS[name], "The payload", definite=False)


def test_too_many_items_and_bytes_are_refused() -> None:
    with pytest.raises(ProtocolError, match="more than"):
        loads_map(cbor2.dumps({"a": [0] * 3000}), "The payload", definite=True)
    with pytest.raises(ProtocolError, match="at most"):
        loads_map(bytes(PAYLOAD_MAX + 1), "The payload", definite=True)


def test_open_lengths_are_read_where_they_are_allowed() -> None:
    opened = b"\xbf\x61a\x9f\x01\x02\xff\x61b\xbf\xff\xff"
    assert loads_map(opened, "The payload", definite=False) == {"a": [1, 2], "b": {}}
    with pytest.raises(ProtocolError, match="leaves a length open"):
        loads_map(opened, "The payload", definite=True)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_every_plain_map_comes_back(value: dict[str, object]) -> None:
    data = dumps_map(value)
    # Those that are nested deeper, and integers of more than 64 bits, are refused.
    assert said(lambda: loads_map(data, "The payload", definite=True)) in (value, "refused")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_packet_or_a_sentence(data: bytes) -> None:
    assert said(lambda: parse_packet(data)) is not None


@given(st.binary(max_size=64), st.integers(0, 255))
def test_a_packet_with_one_other_byte_never_surprises(payload: bytes, value: int) -> None:
    whole = dump_packet(Packet(Operation.WRITE, 64, 4, 9, {"off": 0, "data": payload}))
    for at in range(len(whole)):
        changed = whole[:at] + bytes([value]) + whole[at + 1 :]
        try:
            parse_packet(changed)
        except ProtocolError:
            continue
    assert parse_packet(whole).payload["data"] == payload


@given(VALUES)
def test_answers_of_group_64_are_read_or_refused(value: object) -> None:
    data = value if isinstance(value, dict) else {"v": value}
    for parse in (
        smp_group.parse_identity,
        smp_group.parse_window,
        smp_group.parse_proof,
        smp_group.parse_slots,
        smp_group.parse_offset,
    ):
        with pytest.raises(ProtocolError):
            parse(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_image_or_a_sentence(data: bytes) -> None:
    for parse in (parse_model_image, parse_boot_image):
        for head in (b"", b"EFM1\x80\x00", b"\x3d\xb8\xf3\x96"):
            with pytest.raises(ProtocolError):
                parse(head + data)


def test_depth_is_bounded_for_real() -> None:
    deep: object = 0
    for _ in range(DEPTH_MAX + 1):
        deep = [deep]
    with pytest.raises(ProtocolError, match="deeper"):
        loads_map(cbor2.dumps({"a": deep}), "The payload", definite=True)
