"""Opening a zip archive that a stranger made, without being harmed by it. Pure: no database.

Guarantees, all checked before the first byte is unpacked: few members with plain, unique names;
stored or deflated only, no encryption, no links; the sizes that the directory states stay within
bounds in sum and in ratio; members do not share bytes. `read_member` never yields more than the
stated size, whatever the compressed data says.
"""

import stat
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, Final

from fleet.lib.errors import Refused, TooLarge

RATIO_FREE_BYTES: Final = 1024 * 1024  # small archives may be mostly zeros
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
ENCRYPTED_BIT: Final = 1
HEADER_BYTES: Final = 30  # of a member, before its name
CHUNK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """What an archive may hold."""

    members: int
    unpacked_bytes: int
    ratio: int  # unpacked bytes per packed byte


def open_archive(stream: BinaryIO, bounds: Bounds) -> zipfile.ZipFile:
    """The archive, checked. Raises Refused or TooLarge with a sentence."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise Refused("The archive is damaged or was cut off.", code="unreadable") from error
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
    info = archive.getinfo(name)
    if info.file_size > limit_bytes:
        raise TooLarge(f"{name} has {info.file_size} bytes; at most {limit_bytes} are read.")
    try:
        with archive.open(info) as file:
            data = file.read(info.file_size)
            rest = file.read(1)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Refused(f"{name} in the archive is damaged.", code="unreadable") from error
    except Exception as error:  # zlib has an error of its own that zipfile lets through
        raise Refused(f"{name} in the archive cannot be unpacked.", code="unreadable") from error
    if rest or len(data) != info.file_size:
        raise Refused(f"{name} in the archive is not as long as it says.", code="unreadable")
    return data


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


def _check_sizes(members: list[zipfile.ZipInfo], bounds: Bounds) -> None:
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
