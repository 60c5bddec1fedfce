"""MCUboot images, as Zephyr's builds make them: a header, the program, and TLVs behind it.

The digest in the TLVs is computed again, so that a damaged image is told before a device has it.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from ota.foreign.facts import FileFacts, FileFormat, Seal

MAGIC: Final = struct.pack("<I", 0x96F3B83D)
HEADER: Final = struct.Struct("<IIHHIIBBHII")
INFO: Final = struct.Struct("<HH")  # of the TLV area and of each TLV: magic or type, length
PROTECTED, UNPROTECTED = 0x6908, 0x6907
DIGESTS: Final = {0x10: "sha256", 0x11: "sha384", 0x12: "sha512"}
SIGNATURES: Final = {
    0x20: "RSA-2048",
    0x21: "ECDSA P-224",
    0x22: "ECDSA",
    0x23: "RSA-3072",
    0x24: "Ed25519",
    0x25: "ECDSA with its digest's own size",
}
KEY_HASH: Final = 0x01
COUNTER: Final = 0x50
TLVS_MAX: Final = 64 * 1024  # bytes of both areas
PIECE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class ImageNumbers:
    """The header's numbers."""

    header: int
    protected: int
    program: int
    version: str

    @property
    def hashed(self) -> int:
        """Bytes that the image's digest covers."""
        return self.header + self.program + self.protected


def read_mcuboot(stream: BinaryIO, size: int) -> FileFacts:
    """Return what an image says of itself. Linear in its size."""
    stream.seek(0)
    raw = stream.read(HEADER.size)
    if len(raw) < HEADER.size:
        return _broken("The image ends in its header.")
    _, _, header, protected, program, _, major, minor, revision, build, _ = HEADER.unpack(raw)
    version = f"{major}.{minor}.{revision}" + (f"+{build}" if build else "")
    layout = ImageNumbers(header, protected, program, version)
    if layout.hashed + INFO.size > size or size - header - program > TLVS_MAX:
        return _broken("The image's header tells another length than the file has.")
    stream.seek(header + program)
    tail = stream.read(TLVS_MAX)
    tlvs = dict(_tlvs(tail[:protected], PROTECTED)) | dict(_tlvs(tail[protected:], UNPROTECTED))
    return _facts(stream, layout, tlvs)


def _facts(stream: BinaryIO, layout: ImageNumbers, tlvs: dict[int, bytes]) -> FileFacts:
    kind = next((kind for kind in DIGESTS if kind in tlvs), None)
    if kind is None:
        return _broken("The image has no digest behind it, or its TLVs cannot be read.")
    if _digest(stream, layout.hashed, DIGESTS[kind]) != tlvs[kind]:
        return _broken("The image's digest is another one than it tells: the file is damaged.")
    signed = next((name for kind, name in SIGNATURES.items() if kind in tlvs), None)
    key = tlvs.get(KEY_HASH, b"").hex()[:16]
    counter = tlvs.get(COUNTER, b"")
    return FileFacts(
        FileFormat.MCUBOOT,
        Seal.SIGNED if signed else Seal.UNSIGNED,
        f"Signed with {signed}; the bootloader decides whether it trusts the key."
        if signed
        else "The image is not signed.",
        version=layout.version,
        signers=(f"key {key}",) if key else (),
        counter=int.from_bytes(counter, "little") if len(counter) == 4 else None,
    )


def _tlvs(area: bytes, magic: int) -> Iterator[tuple[int, bytes]]:
    if len(area) < INFO.size:
        return
    found, total = INFO.unpack_from(area)
    at, end = INFO.size, min(total, len(area))
    if found != magic:
        return
    while at + INFO.size <= end:
        kind, length = INFO.unpack_from(area, at)
        at += INFO.size
        yield kind, area[at : at + length]
        at += length


def _digest(stream: BinaryIO, length: int, name: str) -> bytes:
    stream.seek(0)
    digest = hashlib.new(name)
    while length:
        piece = stream.read(min(length, PIECE_BYTES))
        if not piece:
            break
        digest.update(piece)
        length -= len(piece)
    return digest.digest()


def _broken(sentence: str) -> FileFacts:
    return FileFacts(FileFormat.MCUBOOT, Seal.BROKEN, sentence)
