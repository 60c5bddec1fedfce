"""What a file for a microcontroller is, by its first bytes: a model image, or one of MCUboot.

A model image is a header of 128 bytes, little-endian, and a payload; the header's last 32 bytes are
the SHA-256 over the rest of it and the payload. MCUboot's form is that of its design document:
header, body, then type-length-value records, of which one is the digest that the boot loader knows
the image by.
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from device_agent.protocol.errors import ProtocolError

MODEL_MAGIC: Final = b"EFM1"
MODEL_HEADER: Final = struct.Struct("<4sHBBIIII8s32s32s")
MODEL_HEADER_BYTES: Final = 128
SEAL_BYTES: Final = 32
TARGET_BYTES: Final = 8

BOOT_MAGIC: Final = 0x96F3B83D
BOOT_HEADER: Final = struct.Struct("<IIHHIIBBHII")
TLV_HEAD: Final = struct.Struct("<HH")
TLV_ENTRY: Final = struct.Struct("<BBH")
TLV_MAGIC, TLV_PROTECTED_MAGIC = 0x6907, 0x6908
TLV_SHA256: Final = 0x10
TLV_ENTRIES_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class ModelImage:
    """The header of a model image. ``target`` are the first 8 bytes of SHA-256(target's name)."""

    kind: int
    flags: int
    load_address: int
    payload_bytes: int
    entry_offset: int
    counter: int
    target: bytes
    abi: bytes
    model: bytes


@dataclass(frozen=True, slots=True)
class BootImage:
    """An image of MCUboot: the digest that the boot loader knows it by, and its version."""

    digest: bytes
    version: str


def target_digest(name: str) -> bytes:
    """Return how a model image names a target."""
    return hashlib.sha256(name.encode()).digest()[:TARGET_BYTES]


def dump_model_image(image: ModelImage, payload: bytes) -> bytes:
    """Return the file of a model image."""
    head = MODEL_HEADER.pack(
        MODEL_MAGIC,
        MODEL_HEADER_BYTES,
        image.kind,
        image.flags,
        image.load_address,
        len(payload),
        image.entry_offset,
        image.counter,
        image.target,
        image.abi,
        image.model,
    )
    return head + hashlib.sha256(head + payload).digest() + payload


def parse_model_image(data: bytes) -> ModelImage:
    """Return the header of a whole model image; refused unless its digest is right."""
    if len(data) < MODEL_HEADER_BYTES:
        raise ProtocolError("The model image is shorter than its header.")
    magic, header_bytes, *numbers = MODEL_HEADER.unpack_from(data)
    if (magic, header_bytes) != (MODEL_MAGIC, MODEL_HEADER_BYTES):
        raise ProtocolError("This is not a model image of the first kind.")
    image = ModelImage(*numbers)
    payload = data[MODEL_HEADER_BYTES:]
    if image.payload_bytes != len(payload):
        raise ProtocolError(
            f"The model image announces {image.payload_bytes} bytes, {len(payload)} follow."
        )
    sealed = data[: MODEL_HEADER_BYTES - SEAL_BYTES]
    seal = data[MODEL_HEADER_BYTES - SEAL_BYTES : MODEL_HEADER_BYTES]
    if hashlib.sha256(sealed + payload).digest() != seal:
        raise ProtocolError("The model image is not what its header's digest says.")
    return image


def parse_boot_image(data: bytes) -> BootImage:
    """Return what a boot loader will know a whole image by."""
    if len(data) < BOOT_HEADER.size:
        raise ProtocolError("The image is shorter than its header.")
    magic, _, header, protected, body, _, major, minor, revision, number, _ = (
        BOOT_HEADER.unpack_from(data)
    )
    if magic != BOOT_MAGIC:
        raise ProtocolError("This is not an image of MCUboot.")
    at = header + body
    if protected:
        at = _passed(data, at, TLV_PROTECTED_MAGIC, protected)
    return BootImage(_digest(data, at), f"{major}.{minor}.{revision}+{number}")


def _passed(data: bytes, at: int, magic: int, length: int) -> int:
    if at + length > len(data) or TLV_HEAD.unpack_from(data, at) != (magic, length):
        raise ProtocolError("The image's protected records are not where its header says.")
    return at + length


def _digest(data: bytes, at: int) -> bytes:
    if at + TLV_HEAD.size > len(data):
        raise ProtocolError("The image ends before its records.")
    magic, total = TLV_HEAD.unpack_from(data, at)
    end = at + total
    if magic != TLV_MAGIC or end > len(data):
        raise ProtocolError("The image's records are not where its header says.")
    at += TLV_HEAD.size
    for _ in range(TLV_ENTRIES_MAX):
        if at + TLV_ENTRY.size > end:
            break
        kind, _, length = TLV_ENTRY.unpack_from(data, at)
        at += TLV_ENTRY.size
        if kind == TLV_SHA256 and length == hashlib.sha256().digest_size and at + length <= end:
            return data[at : at + length]
        at += length
    raise ProtocolError("The image names no SHA-256 in its records.")
