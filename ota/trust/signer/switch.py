"""What lets a chip verify by itself that the service, and not its gateway, wants this model.

Beside the signed documents of an assignment whose artifact is a model image: an HMAC with the
chip's own secret where the service holds one, and the director's signature where its key is
Ed25519. Both name the chip, the image and the image's counter; the chip takes the one that it can
verify.
"""

from functools import lru_cache
from typing import Any, Final

from device_agent.protocol import fields
from device_agent.protocol.chip.image import parse_model_image
from device_agent.protocol.chip.smp_group import SIGNATURE_BYTES
from device_agent.protocol.chip.switch import switch_mac, switch_message
from device_agent.protocol.dsse import Signer
from device_agent.protocol.errors import ProtocolError
from fleet.devices.keys.chip_secret import chip_secret_of
from fleet.devices.models import Device
from ota.models import ReleaseArtifact
from registry import blobs

IMAGES_KEPT: Final = 64  # whose counters are remembered
ED25519: Final = "ed25519"


def switch_proof(
    device: Device, artifact: ReleaseArtifact, signer: Signer
) -> dict[str, Any] | None:
    """Return what goes along for the chip; None for what is not a model image, or not a chip."""
    counter = _counter(artifact.sha256) if device.hardware_id else None
    if counter is None:
        return None
    chip, digest = bytes.fromhex(device.hardware_id), bytes.fromhex(artifact.sha256)
    told: dict[str, Any] = {"sha": artifact.sha256, "counter": counter}
    secret = chip_secret_of(device)
    if secret is not None:
        told["mac"] = fields.base64_text(switch_mac(secret, chip, digest, counter))
    signature = _signature(signer, switch_message(chip, digest, counter))
    if signature:
        told["sig"] = fields.base64_text(signature)
    return told


def _signature(signer: Signer, message: bytes) -> bytes:
    """The raw signature, where chips can verify what this key makes."""
    key = getattr(signer, "public_key", None)
    if getattr(key, "keytype", "") != ED25519:
        return b""
    made = bytes.fromhex(signer.sign(message).signature)
    return made if len(made) == SIGNATURE_BYTES else b""


@lru_cache(maxsize=IMAGES_KEPT)
def _counter(sha256: str) -> int | None:
    """The counter in a model image; None where the artifact is something else."""
    try:
        return parse_model_image(blobs.read(sha256)).counter
    except ProtocolError:
        return None
