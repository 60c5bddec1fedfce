"""What a delta makes is the file it was made for; no bytes make it reach outside, loop or grow."""

import io
import lzma

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device_agent.protocol.delta import sequential
from device_agent.protocol.delta.sequential import HEAD, add_bytes, apply_patch, dump_number
from device_agent.protocol.errors import ProtocolError
from ota.releases.deltas.write import make_delta


def applied(delta: bytes, old: bytes, length: int) -> bytes:
    made = bytearray()
    apply_patch(
        io.BytesIO(delta), lambda at, size: old[at : at + size], len(old), length, made.extend
    )
    return bytes(made)


def edits(old: bytes) -> st.SearchStrategy[bytes]:
    """The file with pieces moved, changed and added."""
    piece = st.tuples(st.integers(0, len(old)), st.integers(0, 300)).map(
        lambda span: old[span[0] : span[0] + span[1]]
    )
    return st.lists(st.one_of(piece, st.binary(max_size=40)), max_size=8).map(b"".join)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=600).flatmap(lambda old: st.tuples(st.just(old), edits(old))))
@example((b"", b""))
@example((b"", b"a"))
@example((bytes([0, *range(10)]), bytes(range(10))))
@example((bytes(5000), bytes(4999) + b"x"))
@example((bytes(range(256)) * 9, bytes(range(256)) * 5 + b"--" + bytes(range(256)) * 4))
def test_a_delta_makes_the_file_that_it_was_made_for(pair: tuple[bytes, bytes]) -> None:
    old, new = pair
    assert applied(make_delta(old, new), old, len(new)) == new


@given(st.integers(-(2**60), 2**60))
def test_a_number_is_read_as_it_was_written(value: int) -> None:
    source = io.BytesIO(dump_number(value) + b"more")
    assert sequential.read_number(source) == value
    assert source.read() == b"more"


@given(st.binary(max_size=90).flatmap(lambda a: st.tuples(st.just(a), st.binary(max_size=90))))
def test_bytes_are_added_one_by_one(pair: tuple[bytes, bytes]) -> None:
    size = min(map(len, pair))
    one, other = (each[:size] for each in pair)
    assert add_bytes(one, other) == bytes((a + b) % 256 for a, b in zip(one, other, strict=True))


OLD, NEW = bytes(range(256)) * 8, bytes(range(255, -1, -1)) * 8 + bytes(range(256)) * 2
DELTA = make_delta(OLD, NEW)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(DELTA) - 1), st.integers(1, 255), st.booleans())
def test_no_damage_makes_another_error_or_more_bytes(at: int, change: int, cut: bool) -> None:
    damaged = bytearray(DELTA[:at] if cut else DELTA)
    if not cut:
        damaged[at] ^= change
    try:
        made = len(applied(bytes(damaged), OLD, len(NEW)))
    except ProtocolError:
        return
    assert made == len(NEW)


def packed(*numbers: int | bytes, length: int = 8) -> bytes:
    plain = b"".join(each if isinstance(each, bytes) else dump_number(each) for each in numbers)
    return HEAD + dump_number(length) + lzma.compress(plain, lzma.FORMAT_ALONE, preset=1)


REFUSED = {
    "outside of": packed(0, 0, 1, b"a", 99, 7, bytes(7), 0, 0),
    "round that makes nothing": packed(0, 0, 0, 1),
    "more bytes than": packed(0, 9),
    "another length": packed(0, length=9),
    "transformation": packed(1),
    "cut short": packed(0, 8, bytes(8), 0, 0)[:-9],
    "goes on after": packed(0, 8, bytes(8), 0, 0, b"more"),
    "goes on": packed(0, 8, bytes(8), 0, 0) + b"more",
    "ends early": packed(0, 8, bytes(7)),
    "too long": HEAD + b"\xff" * 12,
    "form that is not known": b"",
    "cannot be decompressed": HEAD + dump_number(8) + b"\xff" * 64,
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_no_delta_is_refused_with_one_sentence(words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        applied(REFUSED[words], bytes(16), 8)


def test_a_window_that_needs_much_memory_is_refused() -> None:
    how = {"id": lzma.FILTER_LZMA1, "preset": 9, "dict_size": 64 * 1024 * 1024}
    plain = dump_number(0) + dump_number(0) + dump_number(8) + bytes(8) + dump_number(0)
    greedy = HEAD + dump_number(8) + lzma.compress(plain, lzma.FORMAT_ALONE, filters=[how])
    with pytest.raises(ProtocolError, match="decompressed"):
        applied(greedy, b"", 8)
