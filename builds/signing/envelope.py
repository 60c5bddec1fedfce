"""DSSE envelopes: a payload, what kind it is, and who signed both together.

Guarantees: `open_envelope` returns a payload only when its type is the expected one and a trusted
key signed it; anything else, however malformed, is a `BadSignature`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import FormatError, VerificationError

from builds.signing.errors import BadSignature
from builds.signing.keys import PublicKey, Signer

ENVELOPE_PAYLOAD_MAX = 64 * 1024  # bytes


def seal(payload: bytes, payload_type: str, *signers: Signer) -> dict[str, Any]:
    """The envelope of a payload as its JSON object."""
    if len(payload) > ENVELOPE_PAYLOAD_MAX:
        raise ValueError(f"A signed payload has at most {ENVELOPE_PAYLOAD_MAX} bytes.")
    envelope = Envelope(payload, payload_type, {})
    for signer in signers:
        signature = signer.sign(envelope.pae())
        envelope.signatures[signature.keyid] = signature
    document: dict[str, Any] = envelope.to_dict()
    return document


def open_envelope(
    document: Mapping[str, Any], payload_type: str, keys: Iterable[PublicKey], *, threshold: int = 1
) -> bytes:
    """The payload, after `threshold` different trusted keys have verified it."""
    envelope = _parse(document)
    if envelope.payload_type != payload_type:
        raise BadSignature(f"The envelope holds no {payload_type}.")
    try:
        envelope.verify([key.key for key in keys], threshold)
    except (VerificationError, ValueError) as error:
        raise BadSignature("No trusted key signed this document.") from error
    return bytes(envelope.payload)


def unverified_payload(document: Mapping[str, Any], payload_type: str) -> bytes:
    """What an envelope holds, whoever signed it: to be compared, never to be believed."""
    envelope = _parse(document)
    if envelope.payload_type != payload_type:
        raise BadSignature(f"The envelope holds no {payload_type}.")
    return bytes(envelope.payload)


def _parse(document: object) -> Envelope:
    fields = document if isinstance(document, Mapping) else {}
    try:
        # Copied, for the library decodes signatures in place.
        signatures = [dict(signature) for signature in fields["signatures"]]
        return Envelope.from_dict({**fields, "signatures": signatures})
    except (KeyError, TypeError, ValueError, AttributeError, FormatError) as error:
        raise BadSignature("The document is not a DSSE envelope.") from error
