"""Patches in detools' sequential form with LZMA: applied as they stream, in bounded memory.

* A head byte and the result's length; compressed behind it, again and again: how many bytes are
  sums of the base's and the patch's, those; how many are the patch's alone, those; and how far the
  base's next byte lies from the one after the last.
* A patch is a stranger's: it can name no byte outside of the base, make no byte beyond the length
  that is asked for, keep no more memory than ``MEMORY_LIMIT``, and every round makes a byte.
* Nothing here says that the result is right: its digest does.
"""

import lzma
from collections.abc import Callable
from typing import Final, Protocol

from device_agent.protocol.errors import ProtocolError

HEAD: Final = bytes([0x01])  # sequential, LZMA
WINDOW_BYTES: Final = 1024 * 1024  # that the compression may look back
MEMORY_LIMIT: Final = 4 * WINDOW_BYTES  # of the decompressor
PIECE: Final = 32 * 1024  # bytes that are added at once
MORE, MINUS = 0x80, 0x40
NUMBER_BYTES_MAX: Final = 9


class Readable(Protocol):
    """Where a patch is read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""
        ...


Base = Callable[[int, int], bytes]  # from an offset and a number of bytes to them
Take = Callable[[bytes], None]


def apply_patch(patch: Readable, base: Base, base_length: int, length: int, take: Take) -> None:
    """Give the result's ``length`` bytes to ``take``; raises ``ProtocolError`` for anything
    but a patch of a base of that length to a result of this one.
    """
    if patch.read(1) != HEAD:
        raise ProtocolError("The delta has a form that is not known here.")
    if read_number(patch) != length:
        raise ProtocolError("The delta makes a file of another length than the one that is meant.")
    stream = _Stream(patch)
    if read_number(stream):
        raise ProtocolError("The delta wants a transformation that is not known here.")
    at, made = 0, 0
    while made < length:
        summed = _share(read_number(stream), length - made)
        _add(stream, base, _Span(at, summed, base_length), take)
        alone = _share(read_number(stream), length - made - summed)
        _copy(stream, alone, take)
        if not summed + alone:
            raise ProtocolError("The delta has a round that makes nothing.")
        made += summed + alone
        at += summed + read_number(stream)
    stream.end()


def read_number(source: Readable) -> int:
    """Return a signed number: six bits and a sign, then seven bits a byte, the lowest first."""
    byte = _byte(source)
    negative, value, shift = byte & MINUS, byte & 0x3F, 6
    for _ in range(NUMBER_BYTES_MAX):
        if not byte & MORE:
            return -value if negative else value
        byte = _byte(source)
        value |= (byte & 0x7F) << shift
        shift += 7
    raise ProtocolError("The delta has a number that is too long.")


def dump_number(value: int) -> bytes:
    """Return a number as ``read_number`` reads it."""
    left = abs(value)
    found = [(MINUS if value < 0 else 0) | left & 0x3F]
    left >>= 6
    while left:
        found[-1] |= MORE
        found.append(left & 0x7F)
        left >>= 7
    return bytes(found)


def add_bytes(first: bytes, second: bytes) -> bytes:
    """Return the sums modulo 256, byte by byte: all lanes of one large number at once."""
    size = len(first)
    if not any(first):
        return second
    one, other = int.from_bytes(first, "little"), int.from_bytes(second, "little")
    low = int.from_bytes(b"\x7f" * size, "little")
    sums = ((one & low) + (other & low)) ^ ((one ^ other) & ~low)
    return sums.to_bytes(size, "little")


class _Span:
    """A part of the base. Raises ``ProtocolError`` where it leaves it."""

    def __init__(self, start: int, length: int, whole: int) -> None:
        if length and not 0 <= start <= start + length <= whole:
            raise ProtocolError("The delta points outside of the file that it is made from.")
        self.start, self.length = start, length


class _Stream:
    """What is compressed, a few bytes at a time."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._inner = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY_LIMIT)

    def read(self, size: int, /) -> bytes:
        """Return exactly so many bytes. Raises ``ProtocolError`` where there are fewer."""
        parts = bytearray()
        while len(parts) < size:
            parts += self._more(size - len(parts))
        return bytes(parts)

    def end(self) -> None:
        """Raise ``ProtocolError`` unless this is the end of it all."""
        while not self._inner.eof:
            if self._more(1):
                raise ProtocolError("The delta goes on after its end.")
        if self._inner.unused_data or self._source.read(1):
            raise ProtocolError("The delta goes on after its end.")

    def _more(self, size: int) -> bytes:
        if self._inner.eof:
            raise ProtocolError("The delta ends early.")
        fresh = self._source.read(PIECE) if self._inner.needs_input else b""
        if self._inner.needs_input and not fresh:
            raise ProtocolError("The delta is cut short.")
        try:
            return self._inner.decompress(fresh, size)
        except lzma.LZMAError as error:
            raise ProtocolError("The delta cannot be decompressed.") from error


def _byte(source: Readable) -> int:
    data = source.read(1)
    if not data:
        raise ProtocolError("The delta is cut short.")
    return data[0]


def _share(wanted: int, left: int) -> int:
    if not 0 <= wanted <= left:
        raise ProtocolError("The delta makes more bytes than the file has that is meant.")
    return wanted


def _add(stream: _Stream, base: Base, span: _Span, take: Take) -> None:
    done = 0
    while done < span.length:
        size = min(PIECE, span.length - done)
        known = base(span.start + done, size)
        if len(known) != size:
            raise ProtocolError("The file that the delta is made from is shorter than it was.")
        take(add_bytes(stream.read(size), known))
        done += size


def _copy(stream: _Stream, size: int, take: Take) -> None:
    while size:
        piece = stream.read(min(PIECE, size))
        take(piece)
        size -= len(piece)
