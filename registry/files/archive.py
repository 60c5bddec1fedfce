"""Opening a zip archive that a stranger made, without being harmed by it. Pure: no database.

Guarantees, all checked before the first byte is unpacked: a directory that few members can fill,
judged by the record at the end before it is read; few members with plain, unique names; stored or
deflated only, no encryption, no links; the sizes that the directory states stay within bounds in
sum and in ratio; members do not share bytes. `read_member` never yields more than the stated size,
whatever the compressed data says. Any bytes give an archive or one of our own errors.
"""

import io
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, BinaryIO, Final

from fleet.lib.errors import Refused, TooLarge

RATIO_FREE_BYTES: Final = 1024 * 1024  # small archives may be mostly zeros
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
ENCRYPTED_BIT: Final = 1
HEADER_BYTES: Final = 30  # of a member, before its name
CHUNK_BYTES: Final = 1024 * 1024
DIRECTORY_BYTES: Final = 128 * 1024  # `zipfile` looks for the end record in the last 64 KiB


@dataclass(frozen=True)
class ArchiveBounds:
    """What an archive may hold."""

    members: int
    unpacked_bytes: int
    ratio: int  # unpacked bytes per packed byte
    directory_bytes: int = DIRECTORY_BYTES


class _Guarded(io.RawIOBase):
    """A stream that gives no large piece while an archive's directory is read.

    `zipfile` reads a directory in one piece, as long as the record at the end of the file says (or
    its 64-bit form), and only then looks at the members; so the piece tells beforehand how many
    there can be.
    """

    def __init__(self, stream: BinaryIO, most: int) -> None:
        super().__init__()
        self._stream = stream
        self._most = most
        self._end = stream.seek(0, io.SEEK_END)
        self.open = False

    def read(self, size: int = -1, /) -> bytes:
        """Read, unless the directory is larger than any that is taken."""
        left = self._end - self._stream.tell()
        wanted = left if size < 0 else min(size, left)
        if wanted > self._most and not self.open:
            raise Refused(
                f"The archive has too many members: its directory takes {wanted} bytes, and at "
                f"most {self._most} are read."
            )
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place of the stream."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """The place in the stream."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """As the stream below."""
        return True


def open_archive(stream: BinaryIO, bounds: ArchiveBounds) -> zipfile.ZipFile:
    """The archive, checked. Raises Refused or TooLarge with a sentence."""
    guarded = _Guarded(stream, bounds.directory_bytes)
    try:
        archive = zipfile.ZipFile(guarded)
    except Refused:
        raise
    except Exception as error:  # of its own, of struct, of numbers that no stream can seek to
        raise Refused("The archive is damaged or was cut off.", code="unreadable") from error
    guarded.open = True
    members = archive.infolist()
    if len(members) > bounds.members:
        raise Refused(f"The archive has {len(members)} members; at most {bounds.members} are read.")
    for member in members:
        _check_member(member)
    if len({member.filename for member in members}) != len(members):
        raise Refused("The archive has two members of the same name.")
    _check_sizes(members, bounds)
    _check_overlaps(members)
    return archive


def read_member(archive: zipfile.ZipFile, name: str, *, limit_bytes: int) -> bytes:
    """One member, at most `limit_bytes` of it."""
    return _unpack(archive, name, limit_bytes, lambda file, size: file.read(size))


def check_member(archive: zipfile.ZipFile, name: str, *, limit_bytes: int) -> bytes:
    """Unpack one member to see that it is whole, a piece at a time; gives its first piece."""
    return _unpack(archive, name, limit_bytes, _first_of_all)


def _unpack(
    archive: zipfile.ZipFile, name: str, limit_bytes: int, take: Callable[[IO[bytes], int], bytes]
) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > limit_bytes:
        raise TooLarge(f"{name} has {info.file_size} bytes; at most {limit_bytes} are read.")
    try:
        with archive.open(info) as file:
            data = take(file, info.file_size)
            whole = file.tell() == info.file_size and not file.read(1)
    except Exception as error:  # zlib has an error of its own that zipfile lets through
        raise Refused(f"{name} in the archive is damaged.", code="unreadable") from error
    if not whole:
        raise Refused(f"{name} in the archive is not as long as it says.", code="unreadable")
    return data


def _first_of_all(file: IO[bytes], size: int) -> bytes:
    first = file.read(min(size, CHUNK_BYTES))
    while file.tell() < size and file.read(CHUNK_BYTES):
        pass
    return first


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or name.startswith("/") or {"..", "."} & set(parts):
        raise Refused("The archive has a member whose name is not plain.")
    if member.flag_bits & ENCRYPTED_BIT:
        raise Refused(f"{name} in the archive is encrypted.")
    if member.compress_type not in METHODS:
        raise Refused(f"{name} is packed by a method that is not read; use store or deflate.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Refused(f"{name} in the archive is a link.")


def _check_sizes(members: list[zipfile.ZipInfo], bounds: ArchiveBounds) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > bounds.unpacked_bytes:
        raise TooLarge(
            f"The archive unpacks to {unpacked} bytes; at most {bounds.unpacked_bytes} are read."
        )
    if unpacked > RATIO_FREE_BYTES and unpacked > packed * bounds.ratio:
        raise Refused(f"The archive unpacks to more than {bounds.ratio} times its size.")


def _check_overlaps(members: list[zipfile.ZipInfo]) -> None:
    """Members that share bytes make a huge archive of a small file, at any ratio."""
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise Refused("The archive has members that share bytes.")
        end = member.header_offset + HEADER_BYTES + member.compress_size
