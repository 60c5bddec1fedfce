"""Weights alone as the file of a model slot, for code that the firmware holds.

The chip's reader of the same bytes is `device_agent/chip/weights/ef_weights.cc`. Guarantees: the
file brings the golden vectors of its training, without which no chip would confirm it, and the ABI
that its own section of weights names.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from builds.image.errors import ImageError
from builds.image.model_image import PayloadKind, SlotImage, pack
from device_agent.protocol.chip.image import target_digest

ALIGN = 4  # of the vectors
HEAD = struct.Struct("<III")  # vectors, bytes of all inputs, bytes of all outputs
ABI_AT, ABI_BYTES = 12, 32  # in a section of weights, see `builds.compiler.emit.weights`


@dataclass(frozen=True)
class SlotWeights:
    """A training's section of weights, and for each vector all inputs and all outputs."""

    weights: bytes
    golden: Sequence[tuple[bytes, bytes]]
    target: str
    counter: int
    model_sha256: bytes


def weights_image(made: SlotWeights) -> bytes:
    """The file; it fits either slot, for nothing in it knows an address."""
    if len(made.weights) < ABI_AT + ABI_BYTES:
        raise ImageError("These weights have no section of their own: compile with weights apart.")
    section = made.weights + bytes(-len(made.weights) % ALIGN)
    image = SlotImage(
        kind=PayloadKind.WEIGHTS,
        load_address=0,
        payload=section + _vectors(made.golden),
        entry=len(section),
        counter=made.counter,
        target=target_digest(made.target),
        abi=made.weights[ABI_AT : ABI_AT + ABI_BYTES],
        model_sha256=made.model_sha256,
    )
    return pack(image)


def _vectors(golden: Sequence[tuple[bytes, bytes]]) -> bytes:
    if not golden:
        raise ImageError("Weights come with golden vectors, or no chip could prove them.")
    given, outputs = golden[0]
    if any((len(one), len(two)) != (len(given), len(outputs)) for one, two in golden):
        raise ImageError("The golden vectors are not of one model: their lengths differ.")
    head = HEAD.pack(len(golden), len(given), len(outputs))
    return head + b"".join(one + two for one, two in golden)
