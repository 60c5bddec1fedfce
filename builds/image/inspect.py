"""Read an MCUboot image's header and records, without trusting a byte of it.

Guarantees: only BadImage comes out of any bytes at all; nothing here says that an image is signed
(`mcuboot.verify_image` does).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from builds.image.errors import BadImage
from builds.image.layout import (
    HEADER,
    IMAGE_MAX,
    INFO,
    INFO_MAGIC,
    MAGIC,
    PROTECTED_INFO_MAGIC,
    RECORD,
    TLV_MODEL_SHA256,
    TLV_SECURITY_COUNTER,
    TLV_TARGET,
    TLV_WEIGHTS_ABI,
)


@dataclass(frozen=True)
class ImageFacts:
    """What an image says of itself."""

    version: str
    slot_address: int
    flags: int
    payload: bytes
    protected: Mapping[int, bytes]
    records: Mapping[int, bytes]

    @property
    def security_counter(self) -> int | None:
        """The anti-rollback counter, where there is one."""
        raw = self.protected.get(TLV_SECURITY_COUNTER)
        return int.from_bytes(raw, "little") if raw is not None else None

    @property
    def model_sha256(self) -> str:
        """Digest of the model file that was compiled."""
        return self.protected.get(TLV_MODEL_SHA256, b"").hex()

    @property
    def weights_abi(self) -> str:
        """What weights apart and their code have in common; empty for other images."""
        return self.protected.get(TLV_WEIGHTS_ABI, b"").hex()

    @property
    def target(self) -> str:
        """The target's name."""
        return self.protected.get(TLV_TARGET, b"").decode("ascii", "replace")


def read_image(data: bytes) -> ImageFacts:
    """The facts of an image."""
    if len(data) > IMAGE_MAX or len(data) < HEADER.size:
        raise BadImage(f"an image has {HEADER.size} to {IMAGE_MAX} bytes")
    magic, address, header, protected_size, size, flags, *version, _ = HEADER.unpack_from(data)
    if magic != MAGIC or header < HEADER.size:
        raise BadImage("this is not an MCUboot image")
    end = header + size
    protected: Mapping[int, bytes] = {}
    if protected_size:
        protected, after = _area(data, end, PROTECTED_INFO_MAGIC)
        if after != end + protected_size:
            raise BadImage("the image's protected records do not have the size of its header")
        end = after
    records, end = _area(data, end, INFO_MAGIC)
    if end != len(data):
        raise BadImage("the image does not end with its records")
    major, minor, revision, build = version
    payload = data[header : header + size]
    name = f"{major}.{minor}.{revision}+{build}"
    return ImageFacts(name, address, flags, payload, protected, records)


def _area(data: bytes, at: int, magic: int) -> tuple[Mapping[int, bytes], int]:
    if at + INFO.size > len(data):
        raise BadImage("the image is cut short")
    found, total = INFO.unpack_from(data, at)
    end = at + total
    if found != magic or total < INFO.size or end > len(data):
        raise BadImage("the image's records are damaged")
    records: dict[int, bytes] = {}
    at += INFO.size
    while at < end:
        if at + RECORD.size > end:
            raise BadImage("the image's records are damaged")
        kind, length = RECORD.unpack_from(data, at)
        at += RECORD.size
        if at + length > end:
            raise BadImage("the image's records are damaged")
        records[kind] = data[at : at + length]
        at += length
    return records, end
