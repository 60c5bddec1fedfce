"""The MCUboot images of a microcontroller target, signed with the firmware key.

Images for model slots are left as they are: no boot loader reads them.

Guarantees: the key is asked through the keyring for one signature each and never leaves it; what is
signed is not parsed; an image carries the security counter of the version's release. A model's
releases have the same one until somebody raises it, so that a fleet can go back to an older model
unless it must not.
"""

from builds import keyring
from builds.choices import ArtifactKind, KeyRole
from builds.image import Firmware, Identity, pack_image
from builds.pipeline.stages.order import (
    BuildFile,
    BuildOrder,
    Impossible,
    StageResults,
    Unsigned,
    image_version,
)
from builds.signing import PublicKey
from builds.targets import Board, board_for, slot_board, split_slot
from fleet.lib.hashing import sha256_hex


def images_sign(order: BuildOrder, made: StageResults) -> tuple[BuildFile, ...]:
    """Each payload as the signed image for its slot."""
    return tuple(_signed(order, made.abi, unsigned) for unsigned in made.unsigned)


def _signed(order: BuildOrder, abi: str, unsigned: Unsigned) -> BuildFile:
    if slot_board(order.target.name) is not None:  # a chip's slot takes it as it is
        return BuildFile(unsigned.kind, unsigned.filename, unsigned.payload)
    slot = _slot(order, unsigned)
    identity = Identity(
        version=image_version(order.version, order.version_number),
        security_counter=order.security_counter or 0,
        model_sha256=sha256_hex(order.int8),
        abi=abi,
    )
    signer = keyring.signer(KeyRole.FIRMWARE)
    data = pack_image(
        Firmware(unsigned.payload, slot.slot_address + slot.header_bytes, 0),
        slot,
        identity,
        sign=lambda payload: bytes.fromhex(signer.sign(payload).signature),
        public_key=PublicKey.of(signer).raw,
    )
    return BuildFile(unsigned.kind, unsigned.filename, data)


def _slot(order: BuildOrder, unsigned: Unsigned) -> Board:
    board = board_for(order.target.name)
    code, weights = split_slot(board)
    match unsigned.kind:
        case ArtifactKind.IMAGE:
            return board
        case ArtifactKind.CODE:
            return code
        case ArtifactKind.WEIGHTS:
            return weights
    raise Impossible(f"The target {order.target.name} has no slot for {unsigned.kind}.")
