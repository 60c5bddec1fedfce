"""What the images of a microcontroller target hold, before they are signed.

Guarantees: equal builds give equal bytes; no key is needed.
"""

import re
from typing import Final

from builds.choices import ArtifactKind
from builds.image import build_firmware, build_parts
from builds.pipeline.stages.order import Unsigned
from builds.pipeline.stages.work import Work
from builds.targets import board_for

IMAGE: Final = "model.signed.bin"
CODE: Final = "code.signed.bin"
WEIGHTS: Final = "weights.signed.bin"
VERSION_LABEL: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,4}))?", re.ASCII)


def image_payload(work: Work) -> Unsigned:
    """The model linked for the slot of the target's board."""
    board = board_for(work.order.target.name)
    firmware = build_firmware(work.compiled.files, board, cflags=work.compiled.cflags)
    return Unsigned(ArtifactKind.IMAGE, IMAGE, firmware.payload)


def parts_payloads(work: Work) -> tuple[Unsigned, ...]:
    """Code and weights for two slots, where a build has them apart.

    Code that fits the weights is told by the ABI in both images; MCUboot itself only compares
    versions, and which code a fleet has is not known here, so there is no dependency on one.
    """
    compiled = work.compiled
    if not compiled.weights:
        return ()
    board = board_for(work.order.target.name)
    parts = build_parts(compiled.files, compiled.weights, board, cflags=compiled.cflags)
    kinds = ((ArtifactKind.CODE, CODE), (ArtifactKind.WEIGHTS, WEIGHTS))
    return tuple(
        Unsigned(kind, name, part.payload) for (kind, name), part in zip(kinds, parts, strict=True)
    )


def image_version(label: str, number: int) -> str:
    """MCUboot's form of a version: the label where it is one, with the number as build."""
    matched = VERSION_LABEL.fullmatch(label)
    parts = [int(part or 0) for part in matched.groups()] if matched else [0, 0, 0]
    return f"{parts[0]}.{parts[1]}.{parts[2]}+{number}"
