"""Tar archives, as far as their members are told: each header once, and no content.

Linear: what lies between headers is passed over. Of the headers that lengthen a name, only those of
a name's own size are looked into, so that no member of an archive is held.
"""

import re
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from ota.foreign.facts import TEXT_MAX

HEADERS_MAX: Final = 8000  # that are walked
MORE_MAX: Final = 64 * 1024  # bytes of a header that lengthens the next one
BLOCK: Final = tarfile.BLOCKSIZE
# What lies behind a header and is not a member.
ASIDE: Final = frozenset(
    {
        tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
    }
)  # fmt: skip
# What has no content, whatever its header says.
EMPTY: Final = frozenset(
    {
        tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
    }
)  # fmt: skip
MORE_AT, MORE_BEHIND_AT = 482, 504  # whether a sparse member's map goes on
_RECORD: Final = re.compile(rb"(\d{1,6}) (path|size)=")
_LENGTH: Final = re.compile(rb"(\d{1,6}) ")


class ArchiveBreaksOff(Exception):
    """The archive ends in the middle of a member, or is none."""


def member_names(stream: BinaryIO, size: int) -> Iterator[str]:
    """The names of an archive's members. Raises ArchiveBreaksOff."""
    try:
        yield from _members(stream, size)
    except tarfile.HeaderError as error:
        raise ArchiveBreaksOff from error


def _members(stream: BinaryIO, size: int) -> Iterator[str]:
    at, told = 0, dict[str, bytes]()
    for _ in range(HEADERS_MAX):
        stream.seek(at)
        head = stream.read(BLOCK)
        try:
            entry = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            if at == 0:
                raise
            return  # as everybody reads it: what is no header ends the archive
        at += BLOCK
        if entry.type in ASIDE:
            told |= _told(stream, entry)
        else:
            at += _map_bytes(stream, entry, head)
            yield _name(entry, told)
        at += _content_bytes(entry, told)
        if not 0 < at <= size:
            raise ArchiveBreaksOff
        told = told if entry.type in ASIDE else {}


def _told(stream: BinaryIO, entry: tarfile.TarInfo) -> dict[str, bytes]:
    """What a header says of the member behind it."""
    of_next = entry.type not in (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK)
    data = stream.read(entry.size) if of_next and 0 < entry.size <= MORE_MAX else b""
    if entry.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.partition(b"\0")[0]} if data else {}
    return dict(_records(data))


def _records(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while found := _LENGTH.match(data, at):
        length = int(found[1])
        if length <= found.end() - at:
            return
        if wanted := _RECORD.match(data, at, at + length):
            yield wanted[2].decode(), data[wanted.end() : at + length - 1]
        at += length


def _name(entry: tarfile.TarInfo, told: dict[str, bytes]) -> str:
    longer = told.get("path", b"")[: 4 * TEXT_MAX]
    name = longer.decode("utf-8", "replace") if longer else entry.name
    return name.removeprefix("./").rstrip("/" if entry.isdir() else "")


def _content_bytes(entry: tarfile.TarInfo, told: dict[str, bytes]) -> int:
    if entry.type in EMPTY:
        return 0
    length = entry.size
    if entry.type not in ASIDE and (word := told.get("size", b"")).isdigit() and len(word) < 20:
        length = int(word)
    if length < 0:
        raise ArchiveBreaksOff
    return -(-length // BLOCK) * BLOCK


def _map_bytes(stream: BinaryIO, entry: tarfile.TarInfo, head: bytes) -> int:
    """The blocks of a sparse member's map, which lie before its content."""
    blocks, goes_on = 0, entry.type == tarfile.GNUTYPE_SPARSE and head[MORE_AT]
    while goes_on:
        block = stream.read(BLOCK)
        if len(block) < BLOCK:
            raise ArchiveBreaksOff
        blocks += 1
        goes_on = block[MORE_BEHIND_AT]
    return blocks * BLOCK
