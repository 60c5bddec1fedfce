"""DSSE envelopes (Dead Simple Signing Envelope) with Ed25519 or ECDSA P-256 keys.

* The signature covers payload type and payload, so no document can pass for another kind.
* Nothing of the payload is parsed before a trusted key has signed it.
* A key is looked up by its id among those trusted for this kind of document, nowhere else.

Written out rather than taken from securesystemslib because that costs a device 16 MB of resident
memory; the tests hold both against each other.
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from device_agent.protocol import fields
from device_agent.protocol.errors import ProtocolError, SignatureRefused

PAYLOAD_LIMIT = 64 * 1024  # bytes
SIGNATURES_LIMIT = 16
ED25519_SIGNATURE_BYTES = 64
PEM_HEAD = "-----BEGIN PUBLIC KEY-----"

# Key id → an Ed25519 key's 32 raw bytes in hexadecimal, or the PEM of a P-256 key: key services
# and tokens have no Ed25519.
Keys: TypeAlias = Mapping[str, str]


class Signature(Protocol):
    """What a signer answers; securesystemslib's ``Signature`` is one."""

    @property
    def keyid(self) -> str:
        """Whose signature it is."""
        ...

    @property
    def signature(self) -> str:
        """The signature in hexadecimal."""
        ...


class Signer(Protocol):
    """Anything that signs bytes; securesystemslib's ``Signer`` is one."""

    def sign(self, payload: bytes, /) -> Signature:
        """Sign these bytes."""
        ...


def pre_auth_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, payload_type: str, signer: Signer) -> dict[str, object]:
    """Return an envelope around ``payload``, as a JSON value."""
    made = signer.sign(pre_auth_encoding(payload_type, payload))
    signature = {"keyid": made.keyid, "sig": fields.base64_text(bytes.fromhex(made.signature))}
    return {
        "payload": fields.base64_text(payload),
        "payloadType": payload_type,
        "signatures": [signature],
    }


def unseal(envelope: object, payload_type: str, keys: Keys) -> bytes:
    """Return the payload, if one of ``keys`` signed it as a ``payload_type``."""
    data = fields.members(envelope, "A signed envelope")
    if fields.text(data, "payloadType") != payload_type:
        raise SignatureRefused(f"The envelope does not hold a {payload_type}.")
    payload = fields.base64_bytes(data, "payload", limit=PAYLOAD_LIMIT)
    message = pre_auth_encoding(payload_type, payload)
    for item in fields.items(data, "signatures", limit=SIGNATURES_LIMIT):
        if _signed_by_trusted(fields.members(item, "A signature"), message, keys):
            return payload
    raise SignatureRefused(f"No key that is trusted for {payload_type} has signed it.")


def _signed_by_trusted(item: fields.Json, message: bytes, keys: Keys) -> bool:
    signature = fields.base64_bytes(item, "sig", limit=1024)
    public = keys.get(fields.text(item, "keyid"))
    if public is None:
        return False
    return verify(public, signature, message)


def verify(public: str, signature: bytes, message: bytes) -> bool:
    """Tell whether the key made this signature of this message."""
    key = _load(public)
    try:
        if isinstance(key, Ed25519PublicKey):
            # Exactly so long: a longer one with the right beginning is not a signature.
            if len(signature) != ED25519_SIGNATURE_BYTES:
                return False
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def require_public_key(public: str) -> None:
    """Raise ``ProtocolError`` unless this is a key that `verify` knows."""
    _load(public)


def _load(public: str) -> Ed25519PublicKey | ec.EllipticCurvePublicKey:
    try:
        if not public.startswith(PEM_HEAD):
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key = load_pem_public_key(public.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ProtocolError("A trusted key is not 32 bytes in hexadecimal, nor a PEM.") from error
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ProtocolError("A trusted key in PEM must be of P-256.")
