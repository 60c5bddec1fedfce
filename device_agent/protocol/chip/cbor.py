"""CBOR from a microcontroller, looked through before anything is built from it.

A claimed length costs nothing to write and much to believe: every length is compared with the bytes
that are there, and depth and number of items are bounded, before the decoder sees a byte.
"""

from typing import Final, NoReturn

import cbor2

from device_agent.protocol.errors import ProtocolError

DEPTH_MAX: Final = 6  # maps and lists inside each other
ITEMS_MAX: Final = 2048  # keys and values of one message, all levels together
PAYLOAD_MAX: Final = 16 * 1024  # bytes
INDEFINITE: Final = 31
BREAK: Final = 0xFF
FOLLOWING: Final = {24: 1, 25: 2, 26: 4, 27: 8}  # bytes of an argument, by its head's low bits
SIMPLE: Final = frozenset({20, 21, 22})  # false, true, null


def loads_map(data: bytes, what: str, *, definite: bool) -> dict[str, object]:
    """Return the one map in ``data`` whose keys are texts; ``definite``: no length may be open."""
    if len(data) > PAYLOAD_MAX:
        raise ProtocolError(f"{what} has {len(data)} bytes, at most {PAYLOAD_MAX} are accepted.")
    _Walk(data, what, definite=definite).whole()
    try:
        value = cbor2.loads(data)
    except Exception as error:  # a decoder of foreign bytes: whatever it raises, they are refused
        raise ProtocolError(f"{what} is not CBOR.") from error
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ProtocolError(f"{what} must be a CBOR map whose keys are texts.")
    return value


def dumps_map(value: dict[str, object]) -> bytes:
    """Return a map's bytes, all lengths definite."""
    return cbor2.dumps(value)


class _Walk:
    """Goes through the items without building any; ``ProtocolError`` at the first odd one."""

    def __init__(self, data: bytes, what: str, *, definite: bool) -> None:
        self._data, self._what, self._definite = data, what, definite
        self._at = self._items = 0

    def whole(self) -> None:
        """Go through all bytes: one item, and nothing behind it."""
        waiting: list[int] = [1]  # items still to come, per level; -1: until a break
        while waiting:
            if waiting[-1] == 0:
                waiting.pop()
                continue
            if waiting[-1] < 0 and self._next_is_break():
                waiting.pop()
                continue
            if waiting[-1] > 0:
                waiting[-1] -= 1
            inner = self._item()
            if inner is not None:
                waiting.append(inner)
            if len(waiting) > DEPTH_MAX + 1:
                self._refuse(f"is nested deeper than {DEPTH_MAX} levels")
        if self._at != len(self._data):
            self._refuse("has bytes behind its end")

    def _item(self) -> int | None:
        """Pass one item; return how many items it holds, if it is a list or a map."""
        self._items += 1
        if self._items > ITEMS_MAX:
            self._refuse(f"holds more than {ITEMS_MAX} items")
        head = self._take(1)[0]
        major, low = head >> 5, head & 31
        if low == INDEFINITE:
            return self._open(major)
        if major == 7:
            if low not in SIMPLE:
                self._refuse("holds a number with a fraction, or a value without meaning here")
            return None
        if low > 27:
            self._refuse("is not CBOR")
        count = int.from_bytes(self._take(FOLLOWING[low]), "big") if low in FOLLOWING else low
        return self._of_kind(major, count)

    def _of_kind(self, major: int, count: int) -> int | None:
        if major in (0, 1):
            return None
        if major in (2, 3):
            self._take(count)
            return None
        if major == 6:
            self._refuse("holds a tag")
        items = count * (major - 3)
        if items > len(self._data) - self._at:  # each takes a byte at least
            self._refuse("claims more items than it has bytes")
        return items

    def _open(self, major: int) -> int:
        if self._definite or major not in (4, 5):
            self._refuse("leaves a length open")
        return -1

    def _next_is_break(self) -> bool:
        if self._data[self._at : self._at + 1] != bytes([BREAK]):
            return False
        self._at += 1
        return True

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            self._refuse("is cut short")
        self._at += count
        return self._data[self._at - count : self._at]

    def _refuse(self, why: str) -> NoReturn:
        raise ProtocolError(f"{self._what} {why}.")
