"""A telemetry frame has one encoding; counts are packed short and unpacked within bounds."""

import contextlib

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol import frame
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.telemetry import Ack, dump_ack, parse_ack

U32 = st.integers(0, 2**32 - 1)
COUNTS = st.lists(st.just(0) | st.integers(0, 200) | U32, max_size=300)
I32 = st.integers(-(2**31), 2**31 - 1)
GAUGES = st.dictionaries(st.integers(0, 23), st.tuples(I32, I32).map(sorted), max_size=8).map(
    lambda told: tuple(frame.Gauge(number, *told[number]) for number in sorted(told))
)
FRAMES = st.builds(
    frame.Frame,
    schema_id=st.binary(min_size=4, max_size=4),
    boot_id=U32,
    seq=U32,
    t_open_s=U32,
    duration_s=U32,
    samples=U32,
    flags=st.integers(0, 15).map(frame.FrameFlags),
    blob=COUNTS.map(frame.pack_counts),
    gauges=GAUGES,
)


@given(COUNTS)
def test_counts_survive_packing(counts: list[int]) -> None:
    assert frame.unpack_counts(frame.pack_counts(counts), len(counts)) == counts


@given(FRAMES)
def test_a_frame_survives_the_wire(sent: frame.Frame) -> None:
    assert frame.decode_frame(frame.encode_frame(sent)) == sent


@given(st.binary(max_size=120))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert frame.encode_frame(frame.decode_frame(data)) == data


@given(st.binary(max_size=60), st.integers(0, 100))
def test_any_blob_has_one_meaning_or_is_refused(blob: bytes, length: int) -> None:
    try:
        counts = frame.unpack_counts(blob, length)
    except ProtocolError:
        return
    assert len(counts) == length
    assert frame.pack_counts(counts) == blob


@given(FRAMES, st.data())
def test_a_cut_frame_is_refused(sent: frame.Frame, data: st.DataObject) -> None:
    raw = frame.encode_frame(sent)
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
    with pytest.raises(ProtocolError):
        frame.decode_frame(cut)


def test_a_run_of_a_billion_zeros_is_refused_without_allocating_it() -> None:
    bomb = b"\0" + b"\xff\xff\xff\xff\x03"
    with pytest.raises(ProtocolError, match="more than the 84 counts"):
        frame.unpack_counts(bomb, 84)


def test_zeros_cost_two_bytes() -> None:
    assert frame.pack_counts([0] * 100) == b"\x00\x63"


def test_a_sparse_window_is_small() -> None:
    counts = [0, 3, 17, 40, 12, 2] * 10 + [0] * 160
    packed = frame.encode_frame(
        frame.Frame(b"abcd", 1, 1, 60, 3600, 740, frame.FrameFlags.NONE, frame.pack_counts(counts))
    )
    assert len(packed) < 110


@pytest.mark.parametrize(
    "value",
    [
        [2, b"abcd", 1, 1, 1, 1, 1, 0, b""],
        [1, b"abc", 1, 1, 1, 1, 1, 0, b""],
        [1, b"abcd", -1, 1, 1, 1, 1, 0, b""],
        [1, b"abcd", 2**32, 1, 1, 1, 1, 0, b""],
        [1, b"abcd", True, 1, 1, 1, 1, 0, b""],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, "text"],
        [1, b"abcd", 1, 1, 1, 1, 1, 255, b""],
        [1, b"abcd", 1, 1, 1, 1, 1, b"", {}],
        [1, b"abcd", 1, 1, 1, 1, b"", {0: [1, 2]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", 1],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {0: [2, 1]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {0: [0, 2**31]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {0: [False, True]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {True: [0, 1]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {"0": [0, 1]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {0: [0]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {24: [0, 1]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {1: [0, 1], 0: [0, 1]}],
        [1, b"abcd", 1, 1, 1, 1, 1, 0, b"", {number: [0, 1] for number in range(9)}],
    ],
)
def test_a_frame_of_another_shape_is_refused(value: list[object]) -> None:
    with pytest.raises(ProtocolError):
        frame.decode_frame(cbor2.dumps(value))


def test_a_frame_without_gauges_has_the_bytes_that_it_always_had() -> None:
    sent = frame.Frame(b"abcd", 1, 2, 3, 4, 5, frame.FrameFlags.NONE, b"\x01")
    assert frame.encode_frame(sent).hex() == "890144616263640102030405004101"


def test_gauges_that_are_named_twice_are_refused() -> None:
    sent = frame.Frame(
        b"abcd", 1, 2, 3, 4, 5, frame.FrameFlags.NONE, b"\x01", (frame.Gauge(1, -1, 3000),)
    )
    raw = frame.encode_frame(sent)
    assert raw.endswith(bytes.fromhex("a1018220190bb8"))
    doubled = raw.replace(
        bytes.fromhex("a1018220190bb8"), bytes.fromhex("a2018220190bb8018220190bb8")
    )
    with pytest.raises(ProtocolError, match="canonical"):
        frame.decode_frame(doubled)


def test_a_gauge_has_a_name_even_when_only_the_chip_knows_it() -> None:
    named = [frame.Gauge(number, 0, 0).name for number in (0, 1, 2, 9)]
    assert named == ["stack_bytes", "battery_millivolts", "temperature_decidegrees", "gauge_9"]


def test_an_oversized_frame_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(ProtocolError, match="at most"):
        frame.decode_frame(b"\x89" + bytes(frame.FRAME_LIMIT))


def test_an_acknowledgement_survives_the_wire() -> None:
    ack = Ack(dup=True, high_seq=7, server_time=1_790_000_000)
    assert parse_ack(dump_ack(ack)) == ack
