"""SWUpdate's `.swu`: a cpio archive ("070701" or "070702") whose first member describes the rest.

Linear: each byte is read once. The description, and the signature behind it, are the only members
that are kept; of the others the digest is computed and looked up in the description.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from ota.foreign.cms import CMS_MAX, read_cms
from ota.foreign.facts import FileFacts, FileFormat, Seal

MAGICS: Final = (b"070701", b"070702")
HEAD_BYTES: Final = 110
NAME_MAX: Final = 255  # bytes of a member's name
MEMBERS_MAX: Final = 1000
DESCRIPTION, SIGNATURE, TRAILER = "sw-description", "sw-description.sig", "TRAILER!!!"
DESCRIPTION_MAX: Final = 256 * 1024  # bytes
PIECE_BYTES: Final = 64 * 1024
_DIGEST: Final = re.compile(r'sha256\s*[=:]\s*"([0-9a-fA-F]{64})"')
_VERSION: Final = re.compile(r'(?<![\w-])version\s*[=:]\s*"([^"]{1,64})"')
_BOARDS: Final = re.compile(r"hardware-compatibility\s*[=:]\s*\[([^\]]{0,500})\]")
_QUOTED: Final = re.compile(r'"([^"]{1,64})"')


class ArchiveUnreadable(Exception):
    """The archive breaks its own format; the sentence says where."""


@dataclass
class CpioContents:
    """What is kept of an archive."""

    names: list[str] = field(default_factory=list)
    description: bytes = b""
    signature: bytes | None = None
    digests: dict[str, str] = field(default_factory=dict)  # of the other members, by name


def read_swu(stream: BinaryIO) -> FileFacts:
    """Return what an archive says of itself; one that cannot be read is broken."""
    try:
        found = _contents(stream)
    except ArchiveUnreadable as error:
        return FileFacts(FileFormat.SWU, Seal.BROKEN, str(error))
    text = found.description.decode("utf-8", "replace")
    boards = tuple(word for part in _BOARDS.findall(text) for word in _QUOTED.findall(part))
    version = _VERSION.search(text)
    seal, sentence, signers = _seal(found, text)
    return FileFacts(
        FileFormat.SWU,
        seal,
        sentence,
        version=version[1] if version else "",
        boards=tuple(dict.fromkeys(boards)),
        signers=signers,
        members=tuple(found.names),
    )


def _seal(found: CpioContents, text: str) -> tuple[Seal, str, tuple[str, ...]]:
    named = {digest.lower() for digest in _DIGEST.findall(text)}
    strange = next((n for n, digest in found.digests.items() if named and digest not in named), "")
    if strange:
        return Seal.BROKEN, f"The description names another digest than that of {strange}.", ()
    if found.signature is None:
        return Seal.UNSIGNED, "The description is not signed.", ()
    cms = read_cms(found.signature, found.description)
    if cms is None:
        sentence = f"Signed, by {len(found.signature)} bytes that are not a CMS."
        return Seal.SIGNED, sentence, ()
    if cms.covers is False:
        return Seal.BROKEN, "The signature is over another description.", cms.signers
    who = ", ".join(cms.signers) or "a signer whose certificate is not inside"
    return Seal.SIGNED, f"Signed by {who}; devices decide whether they trust it.", cms.signers


def _contents(stream: BinaryIO) -> CpioContents:
    found = CpioContents()
    while len(found.names) <= MEMBERS_MAX:
        name, size = _head(stream)
        if name == TRAILER:
            if not found.description:
                raise ArchiveUnreadable("The archive has no sw-description.")
            return found
        if not found.names and name != DESCRIPTION:
            raise ArchiveUnreadable("The archive does not begin with sw-description.")
        found.names.append(name)
        _member(stream, name, size, found)
        _exactly(stream, -size % 4)
    raise ArchiveUnreadable(f"The archive has more than {MEMBERS_MAX} members.")


def _member(stream: BinaryIO, name: str, size: int, found: CpioContents) -> None:
    if name == DESCRIPTION:
        found.description = _kept(stream, name, size, DESCRIPTION_MAX)
    elif name == SIGNATURE:
        found.signature = _kept(stream, name, size, CMS_MAX)
    else:
        digest, left = hashlib.sha256(), size
        while left:
            piece = _exactly(stream, min(left, PIECE_BYTES))
            digest.update(piece)
            left -= len(piece)
        found.digests[name] = digest.hexdigest()


def _head(stream: BinaryIO) -> tuple[str, int]:
    head = _exactly(stream, HEAD_BYTES)
    if not head.startswith(MAGICS):
        raise ArchiveUnreadable("The archive has no member where one should begin.")
    try:
        size, length = int(head[54:62], 16), int(head[94:102], 16)
    except ValueError as error:
        raise ArchiveUnreadable("A member of the archive has no size.") from error
    if not 1 <= length <= NAME_MAX:
        raise ArchiveUnreadable("A member of the archive has no name, or one that is too long.")
    name = _exactly(stream, length).rstrip(b"\0").decode("utf-8", "replace")
    _exactly(stream, -(HEAD_BYTES + length) % 4)
    return name, size


def _kept(stream: BinaryIO, name: str, size: int, limit: int) -> bytes:
    if size > limit:
        raise ArchiveUnreadable(f"{name} has {size} bytes; at most {limit} are read.")
    return _exactly(stream, size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size) if size else b""
    if len(data) != size:
        raise ArchiveUnreadable("The archive ends in the middle of a member.")
    return data
