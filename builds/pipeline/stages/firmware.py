"""What the images of a microcontroller target hold, before they are signed.

Guarantees: equal builds give equal bytes; no key is needed.
"""

import hashlib
from typing import Final

from builds.choices import ArtifactKind
from builds.export import slug_of
from builds.image import build_firmware, build_parts
from builds.image.chip import PLAIN_TEXT, SlotModel, model_image
from builds.image.schema_table import SchemaTable
from builds.pipeline.stages.export import build_sections, material
from builds.pipeline.stages.order import Unsigned
from builds.pipeline.stages.work import Work
from builds.targets import SlotBoard, board_for

IMAGE: Final = "model.signed.bin"
CODE: Final = "code.signed.bin"
WEIGHTS: Final = "weights.signed.bin"
SLOT_IMAGE: Final = "model.slot.bin"


def image_payload(work: Work) -> Unsigned:
    """The model linked for the slot of the target's board.

    With weights apart it tells nothing of itself, as code for any training does not.
    """
    board, code = board_for(work.order.target.name), work.compiled
    facts = None if code.weights else material(work, named=False).told()
    firmware = build_firmware(code.files, board, cflags=code.cflags, facts=facts)
    return Unsigned(ArtifactKind.IMAGE, IMAGE, firmware.payload)


def slot_payload(work: Work, board: SlotBoard, table: SchemaTable | None) -> Unsigned:
    """The model with its golden vectors and its table, linked for where the board runs models.

    A boot loader never sees it, so it is whole without its signature: the release signs the file.
    """
    order = work.order
    made = material(work, named=False)
    given = work.proof.interface.inputs[0]
    model = SlotModel(
        files=dict(work.compiled.files) | {"golden.h": made.contents()["golden.h"].decode()},
        target=order.target.name,
        cflags=work.compiled.cflags,
        name=slug_of(order.model),
        version=order.version if PLAIN_TEXT.fullmatch(order.version) else made.version,
        counter=order.security_counter or 0,
        abi=bytes.fromhex(str(build_sections(work)["abi"])),
        model_sha256=hashlib.sha256(order.int8).digest(),
        schema=() if table is None else table.words,
        input_scale=given.scale,
        input_zero_point=given.zero_point,
    )
    return Unsigned(ArtifactKind.IMAGE, SLOT_IMAGE, model_image(model, board.places))


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
