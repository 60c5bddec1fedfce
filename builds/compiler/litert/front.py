"""The new beginning of a flatbuffer: tables and lists that may point into an older file behind it.

Offsets are unsigned and count from where they stand, so a table is written before what it points
to, and the old file, whose offsets stay what they were, comes last.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ALIGNMENT = 16  # bytes, of constants in the old file and in the new front
_HEADER = 8  # bytes: where the root is, and the name of the format
_U16, _U32, _I32 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<i")


@dataclass(frozen=True)
class Old:
    """A table or list of the old file, by its position there."""

    position: int


@dataclass(frozen=True)
class NumberList:
    """A list of numbers of `item` bytes each; as a text it ends with a zero."""

    data: bytes
    item: int
    alignment: int = 4


@dataclass(frozen=True)
class Fields:
    """A table: by slot a number of at most 32 bits, or what the field points to."""

    values: "Mapping[int, Value | None]"


@dataclass(frozen=True)
class Tables:
    """A list of tables."""

    items: "Sequence[Old | Fields]"


Value = int | Old | NumberList | Fields | Tables


def before(model: bytes, top: Fields) -> bytes:
    """Write a file whose root is `top`, with an old file behind it."""
    front = _Front()
    at = front.write(top)
    front.align(_ALIGNMENT, 0)
    for slot, position in front.old:
        _U32.pack_into(front.data, slot, len(front.data) + position - slot)
    _U32.pack_into(front.data, 0, at)
    front.data[4:_HEADER] = model[4:_HEADER]
    return bytes(front.data) + model


class _Front:
    """What is written so far, and where it points into the old file."""

    def __init__(self) -> None:
        self.data = bytearray(_HEADER)
        self.old: list[tuple[int, int]] = []

    def align(self, to: int, ahead: int) -> None:
        """Fill up until what follows after `ahead` bytes is aligned."""
        self.data += bytes(-(len(self.data) + ahead) % to)

    def write(self, value: NumberList | Fields | Tables) -> int:
        """Write a value and all below it; give its position."""
        match value:
            case NumberList():
                return self._numbers(value)
            case Tables():
                return self._tables(value)
            case Fields():
                return self._fields(value)

    def _numbers(self, value: NumberList) -> int:
        self.align(value.alignment, 4)
        at = len(self.data)
        self.data += _U32.pack(len(value.data) // value.item) + value.data + b"\0"
        return at

    def _tables(self, value: Tables) -> int:
        self.align(4, 0)
        at = len(self.data)
        self.data += _U32.pack(len(value.items)) + bytes(4 * len(value.items))
        for number, item in enumerate(value.items):
            self._point(at + 4 + 4 * number, item)
        return at

    def _fields(self, value: Fields) -> int:
        given = {slot: field for slot, field in value.values.items() if field is not None}
        slots = max(given, default=-1) + 1
        self.align(4, 0)
        shape = len(self.data)
        places = {slot: 4 + 4 * number for number, slot in enumerate(sorted(given))}
        words = (4 + 2 * slots, 4 + 4 * len(given), *(places.get(s, 0) for s in range(slots)))
        self.data += b"".join(map(_U16.pack, words))
        self.align(4, 0)
        at = len(self.data)
        self.data += _I32.pack(at - shape) + bytes(4 * len(given))
        for slot, field in given.items():
            self._point(at + places[slot], field)
        return at

    def _point(self, slot: int, value: Value) -> None:
        if isinstance(value, int):
            _U32.pack_into(self.data, slot, value)
        elif isinstance(value, Old):
            self.old.append((slot, value.position))
        else:
            _U32.pack_into(self.data, slot, self.write(value) - slot)
