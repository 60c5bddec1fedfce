"""The MCUboot image of a microcontroller target, signed with the firmware key.

Guarantees: the key is asked through the keyring for this one signature and never leaves it; the
image carries the security counter of the version's release. A model's releases have the same one
until somebody raises it, so that a fleet can go back to an older model unless it must not.
"""

import re
from typing import Final

from builds import keyring
from builds.choices import ArtifactKind, KeyRole
from builds.image import Firmware, Identity, build_firmware, build_parts, pack_image
from builds.pipeline import Output, Work
from builds.signing import PublicKey
from builds.targets import Board, board_for, split_slot
from fleet.lib.hashing import sha256_hex

IMAGE: Final = "model.signed.bin"
CODE: Final = "code.signed.bin"
WEIGHTS: Final = "weights.signed.bin"
VERSION_LABEL: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,4}))?", re.ASCII)


def image_output(work: Work) -> Output:
    """Link the model for the slot of the target's board and sign it."""
    board = board_for(work.order.target.name)
    firmware = build_firmware(work.compiled.files, board, cflags=work.compiled.cflags)
    return Output(ArtifactKind.IMAGE, IMAGE, _signed(work, firmware, board))


def parts_outputs(work: Work) -> tuple[Output, ...]:
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
        Output(kind, name, _signed(work, part, slot))
        for (kind, name), part, slot in zip(kinds, parts, split_slot(board), strict=True)
    )


def _signed(work: Work, firmware: Firmware, board: Board) -> bytes:
    order = work.order
    identity = Identity(
        version=image_version(order.version, order.version_number),
        security_counter=order.security_counter or 0,
        model_sha256=sha256_hex(order.int8),
        abi=work.compiled.abi,
    )
    signer = keyring.signer(KeyRole.FIRMWARE)
    return pack_image(
        firmware,
        board,
        identity,
        sign=lambda payload: bytes.fromhex(signer.sign(payload).signature),
        public_key=PublicKey.of(signer).raw,
    )


def image_version(label: str, number: int) -> str:
    """MCUboot's form of a version: the label where it is one, with the number as build."""
    matched = VERSION_LABEL.fullmatch(label)
    parts = [int(part or 0) for part in matched.groups()] if matched else [0, 0, 0]
    return f"{parts[0]}.{parts[1]}.{parts[2]}+{number}"
