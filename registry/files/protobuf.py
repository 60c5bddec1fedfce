"""Reading the fields of a protocol buffer that a stranger made. Pure.

Guarantees: every length is checked before it is followed, so any bytes give fields or Damaged; no
byte of a message is looked at twice on one level, and the bytes of a field are not copied.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
VARINT_BYTES: Final = 10
WORD: Final = 1 << 64
SIGN: Final = 1 << 63


class Damaged(Exception):
    """The bytes are not a message, or were cut off."""


class WireField(NamedTuple):
    """One field: its number, how it is written, and its value."""

    number: int
    wire: int
    integer: int  # of a varint or a fixed number
    data: memoryview  # of a field with a length


NOTHING: Final = memoryview(b"")


def fields(message: memoryview) -> Iterator[WireField]:
    """Every field of a message, in order. Raises Damaged."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if not number:
            raise Damaged
        if wire == VARINT:
            value, at = _varint(message, at)
            yield WireField(number, wire, value, NOTHING)
        elif wire == BYTES:
            length, at = _varint(message, at)
            yield WireField(number, wire, 0, _cut(message, at, length))
            at += length
        elif wire in {FIXED32, FIXED64}:
            length = 4 if wire == FIXED32 else 8
            piece = _cut(message, at, length)
            yield WireField(number, wire, int.from_bytes(piece, "little"), piece)
            at += length
        else:
            raise Damaged


def signed(value: int) -> int:
    """A varint as the 64-bit number that it stands for."""
    return value - WORD if value >= SIGN else value


def real(field: WireField) -> float:
    """A field of 32 bits as a real number. Raises Damaged."""
    if field.wire != FIXED32:
        raise Damaged
    return float(struct.unpack("<f", field.data)[0])


def text(field: WireField) -> str:
    """A field as text. Raises Damaged."""
    try:
        return str(message(field), "utf-8")
    except UnicodeDecodeError:
        raise Damaged from None


def message(field: WireField) -> memoryview:
    """The bytes of a field with a length. Raises Damaged."""
    if field.wire != BYTES:
        raise Damaged
    return field.data


def varints(field: WireField, most: int) -> list[int]:
    """The integers of a repeated field, packed or one by one; Damaged beyond `most`."""
    if field.wire == VARINT:
        return [signed(field.integer)]
    found: list[int] = []
    data, at = message(field), 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(signed(value))
        if len(found) > most:
            raise Damaged
    return found


def _cut(message: memoryview, at: int, length: int) -> memoryview:
    if length > len(message) - at:
        raise Damaged
    return message[at : at + length]


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(message[at : at + VARINT_BYTES]):
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value % WORD, at + place + 1
    raise Damaged
