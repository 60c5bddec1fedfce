"""Wrap a payload as an MCUboot image with `imgtool`, signed by whoever holds the key.

Guarantees:
* the private key never passes through here: a function signs the digest, so it may live in an HSM;
* every image made is verified with the public key before it is given away;
* equal inputs give equal bytes under an Ed25519 key; a P-256 key signs otherwise each time.
"""

import re
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from imgtool.image import DEP_IMAGES_KEY, DEP_VERSIONS_KEY, Image, VerifyResult
from imgtool.version import decode_version

from builds.image.errors import BadImage, ImageError
from builds.image.firmware_image import Firmware
from builds.image.keys import ImageKey, image_key, signed_bytes
from builds.image.layout import IMAGE_MAX, TLV_MODEL_SHA256, TLV_TARGET, TLV_WEIGHTS_ABI
from builds.targets import Board

VERSION = re.compile(r"(\d{1,3})(\.\d{1,3})?(\.\d{1,5})?(\+\d{1,10})?", re.ASCII)
VERSION_LIMITS = (255, 255, 65_535, 2**32 - 1)
COUNTER_MAX = 2**32 - 1
FIRMWARE_IMAGE = 0  # MCUboot's number of the application that a model may depend on
CODE_IMAGE = 1  # of the model's code, on which its weights may depend

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Identity:
    """What the image says about itself, under the signature."""

    version: str  # major.minor.revision+build
    security_counter: int
    model_sha256: str
    requires_firmware: str | None = None  # lowest version of the application
    requires_code: str | None = None  # lowest version of the model's code, for weights apart
    abi: str = ""  # of weights apart, and of the code that reads them, as hexadecimal


def pack_image(
    firmware: Firmware, board: Board, identity: Identity, *, sign: Sign, public_key: bytes
) -> bytes:
    """The signed image; `public_key` is raw Ed25519, or P-256 in PEM.

    `sign` is given what `builds.image.keys` says of the key, once, and returns the signature.
    """
    key = image_key(public_key)
    with tempfile.TemporaryDirectory(prefix="edgefleet-image-") as name:
        source = Path(name) / "payload.bin"
        source.write_bytes(firmware.payload)
        unsigned = _create(source, board, identity, key, None)
        signature = sign(signed_bytes(key, bytes(unsigned.payload), bytes(unsigned.image_hash)))
        image = bytes(_create(source, board, identity, key, signature).payload)
    verify_image(image, public_key)
    return image


def verify_image(image: bytes, public_key: bytes) -> None:
    """Raises BadImage unless the image is whole and this key signed it."""
    if len(image) > IMAGE_MAX:
        raise BadImage(f"an image has at most {IMAGE_MAX} bytes")
    with tempfile.TemporaryDirectory(prefix="edgefleet-image-") as name:
        path = Path(name) / "image.bin"
        path.write_bytes(image)
        try:
            result = Image.verify(str(path), image_key(public_key))[0]
        # TypeError: a record that says it is a digest, and is not, leaves the tool without one.
        except (struct.error, IndexError, KeyError, TypeError, click.ClickException):
            raise BadImage("this is not an MCUboot image") from None
    if result is not VerifyResult.OK:
        raise BadImage(f"the image does not verify: {result.name.lower().replace('_', ' ')}")


def _create(
    source: Path, board: Board, identity: Identity, key: ImageKey, signature: bytes | None
) -> Any:
    image = Image(
        version=_version(identity.version),
        header_size=board.header_bytes,
        pad_header=True,
        slot_size=board.slot_bytes,
        align=board.write_align,
        rom_fixed=board.slot_address,
        security_counter=_counter(identity.security_counter),
        non_bootable=True,
    )
    records = {
        TLV_MODEL_SHA256: bytes.fromhex(identity.model_sha256),
        TLV_TARGET: board.target.encode(),
        **({TLV_WEIGHTS_ABI: bytes.fromhex(identity.abi)} if identity.abi else {}),
    }
    try:
        image.load(str(source))
        image.create(
            None,
            "hash",
            None,
            dependencies=_dependencies(identity),
            custom_tlvs=records,
            pub_key=key,
            fixed_sig=None if signature is None else {"value": signature},
        )
    except click.ClickException as error:
        raise ImageError(f"imgtool refused the image: {error.message}") from None
    return image


def _dependencies(identity: Identity) -> dict[str, list[Any]] | None:
    wanted = {FIRMWARE_IMAGE: identity.requires_firmware, CODE_IMAGE: identity.requires_code}
    versions = {image: _version(text) for image, text in wanted.items() if text is not None}
    if not versions:
        return None
    return {DEP_IMAGES_KEY: list(versions), DEP_VERSIONS_KEY: list(versions.values())}


def _version(text: str) -> Any:
    matched = VERSION.fullmatch(text)
    numbers = [int(re.sub(r"\D", "", part or "0")) for part in matched.groups()] if matched else []
    if not numbers or any(n > top for n, top in zip(numbers, VERSION_LIMITS, strict=True)):
        raise ImageError(f"an image version is like 1.4.0+7, not {text[:32]!r}")
    return decode_version(text)


def _counter(value: int) -> int:
    if not 0 <= value <= COUNTER_MAX:
        raise ImageError(f"a security counter is 0 to {COUNTER_MAX}, not {value}")
    return value
