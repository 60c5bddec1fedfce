"""The file that fills a model slot of a microcontroller: a header of 128 bytes, then the payload.

The header's grammar is `device_agent.protocol.chip.image`; the chip's reader of the same bytes is
`device_agent/chip/slots/model_image.h`. Guarantees: what `pack` gives is read back equal by `read`;
`read` takes no file whose length, magic or digest is wrong, and raises nothing but BadImage.
"""

from dataclasses import dataclass
from enum import IntEnum

from builds.image.errors import BadImage, ImageError
from device_agent.protocol.chip.image import (
    MODEL_HEADER_BYTES,
    TARGET_BYTES,
    ModelImage,
    dump_model_image,
    parse_model_image,
)
from device_agent.protocol.errors import ProtocolError

DIGEST_BYTES = 32
PAYLOAD_MAX = 16 * 1024**2  # bytes; no chip of the catalogue has more flash
U32_MAX = 0xFFFF_FFFF


class PayloadKind(IntEnum):
    """What lies behind the header."""

    CODE = 0  # code and weights, linked for one address
    WEIGHTS = 1  # weights alone, for code that the firmware holds


@dataclass(frozen=True)
class SlotImage:
    """A payload, and what a chip has to know of it before it runs it.

    `entry` is the offset of the table of functions in the payload, and of weights alone that of
    their golden vectors; `target` is what
    `target_digest` gives; `abi` and `model_sha256` are digests of 32 bytes.
    """

    kind: PayloadKind
    load_address: int
    payload: bytes
    entry: int
    counter: int
    target: bytes
    abi: bytes
    model_sha256: bytes


def pack(image: SlotImage) -> bytes:
    """The file's bytes."""
    numbers = (image.load_address, image.entry, image.counter)
    if any(not 0 <= number <= U32_MAX for number in numbers):
        raise ImageError("an address, entry or counter does not fit into 32 bits")
    if not 0 < len(image.payload) <= PAYLOAD_MAX:
        raise ImageError(f"a payload has 1 to {PAYLOAD_MAX} bytes, not {len(image.payload)}")
    if len(image.target) != TARGET_BYTES:
        raise ImageError(f"a target's mark has {TARGET_BYTES} bytes, not {len(image.target)}")
    if {len(image.abi), len(image.model_sha256)} != {DIGEST_BYTES}:
        raise ImageError(f"the digests of ABI and model have {DIGEST_BYTES} bytes each")
    if image.entry >= len(image.payload):
        raise ImageError("the entry lies outside of the payload")
    head = ModelImage(
        image.kind,
        0,
        image.load_address,
        len(image.payload),
        image.entry,
        image.counter,
        image.target,
        image.abi,
        image.model_sha256,
    )
    return dump_model_image(head, image.payload)


def read(data: bytes) -> SlotImage:
    """The image in a file."""
    if not MODEL_HEADER_BYTES < len(data) <= MODEL_HEADER_BYTES + PAYLOAD_MAX:
        raise BadImage(
            f"a model image has more than {MODEL_HEADER_BYTES} bytes, this has {len(data)}"
        )
    try:
        head = parse_model_image(data)
    except ProtocolError as error:
        raise BadImage(str(error)) from error
    if head.flags or head.kind not in set(PayloadKind):
        raise BadImage("these bytes do not begin with a model image's header")
    kind, payload = PayloadKind(head.kind), data[MODEL_HEADER_BYTES:]
    if head.entry_offset >= len(payload):
        raise BadImage("the entry lies outside of the payload")
    return SlotImage(
        kind,
        head.load_address,
        payload,
        head.entry_offset,
        head.counter,
        head.target,
        head.abi,
        head.model,
    )
