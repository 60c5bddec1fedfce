"""What authenticates a switch of models to the chip itself, where it has room to verify.

Both strengths cover the same bytes: ``"edgefleet-switch-1" 0 length(id) id sha counter``, the
counter as four bytes, little-endian.
"""

import hmac
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from device_agent.protocol import fields
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.chip.smp_group import (
    DIGEST_BYTES,
    ID_BYTES_MAX,
    ID_BYTES_MIN,
    SIGNATURE_BYTES,
)
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.fields import U32_MAX
from device_agent.protocol.instruction import DOCUMENT_LIMIT

PURPOSE: Final = b"edgefleet-switch-1\0"
SECRET_BYTES: Final = 32


def switch_message(hardware_id: bytes, digest: bytes, counter: int) -> bytes:
    """Return the bytes that are authenticated: this chip, this image, this counter."""
    if not ID_BYTES_MIN <= len(hardware_id) <= ID_BYTES_MAX or len(digest) != DIGEST_BYTES:
        raise ProtocolError("A switch names a hardware id and a SHA-256.")
    if not 0 <= counter <= U32_MAX:
        raise ProtocolError(f"The counter {counter} does not fit 32 bits.")
    length = bytes([len(hardware_id)])
    return PURPOSE + length + hardware_id + digest + counter.to_bytes(4, "little")


def switch_mac(secret: bytes, hardware_id: bytes, digest: bytes, counter: int) -> bytes:
    """Return the HMAC-SHA-256 of a chip of strength 1."""
    return hmac.digest(secret, switch_message(hardware_id, digest, counter), "sha256")


def switch_signed(
    public: bytes, signature: bytes, hardware_id: bytes, digest: bytes, counter: int
) -> bool:
    """Tell whether the key has signed this switch, as a chip of strength 2 asks."""
    message = switch_message(hardware_id, digest, counter)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def switch_of(document: bytes, digest: bytes, counter: int) -> dict[str, object]:
    """Return what the service gave along for the chip: members ``mac``, ``sig`` of a switch.

    It lies beside the signed documents (``"switch": {"sha", "counter", "mac" or "sig"}``, ``sha``
    in hexadecimal), and counts only for this image and counter: the chip itself verifies it.
    """
    if not document:
        return {}
    parsed = parse_json(document, limit_bytes=DOCUMENT_LIMIT, what="The signed documents")
    told = fields.members(parsed, "The signed documents").get("switch")
    if told is None:
        return {}
    data = fields.members(told, "'switch'")
    if (fields.digest(data, "sha"), fields.integer(data, "counter")) != (digest.hex(), counter):
        raise ProtocolError("What authenticates the switch is for another image.")
    found: dict[str, object] = {}
    for name, size in (("mac", DIGEST_BYTES), ("sig", SIGNATURE_BYTES)):
        if name in data:
            found[name] = fields.base64_bytes(data, name, limit=size)
    return found
