"""The MCUboot image of a microcontroller target, signed with the firmware key.

Guarantees: the key is asked through the keyring for this one digest and never leaves it; the
image's security counter is zero, for a fleet must be able to go back to an older model: what may
run is the release's counter to say.
"""

import re
from typing import Final

from builds import keyring
from builds.choices import ArtifactKind, KeyRole
from builds.image import Identity, build_firmware, pack_image
from builds.pipeline import Output, Work
from builds.signing import PublicKey
from builds.targets import board_for
from fleet.lib.hashing import sha256_hex

IMAGE: Final = "model.signed.bin"
SECURITY_COUNTER: Final = 0
VERSION_LABEL: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,4}))?", re.ASCII)


def image_output(work: Work) -> Output:
    """Link the model for the slot of the target's board and sign it."""
    order = work.order
    board = board_for(order.target.name)
    firmware = build_firmware(work.compiled.files, board, cflags=work.compiled.cflags)
    identity = Identity(
        version=image_version(order.version, order.version_number),
        security_counter=SECURITY_COUNTER,
        model_sha256=sha256_hex(order.int8),
    )
    signer = keyring.signer(KeyRole.FIRMWARE)
    image = pack_image(
        firmware,
        board,
        identity,
        sign=lambda digest: bytes.fromhex(signer.sign(digest).signature),
        public_key=bytes.fromhex(PublicKey.of(signer).public),
    )
    return Output(ArtifactKind.IMAGE, IMAGE, image)


def image_version(label: str, number: int) -> str:
    """MCUboot's form of a version: the label where it is one, with the number as build."""
    matched = VERSION_LABEL.fullmatch(label)
    parts = [int(part or 0) for part in matched.groups()] if matched else [0, 0, 0]
    return f"{parts[0]}.{parts[1]}.{parts[2]}+{number}"
