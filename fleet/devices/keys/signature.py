"""Device keys: Ed25519 signatures and fingerprints. Pure."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def fingerprint(public_key: bytes) -> str:
    """Return the SHA-256 of the raw key, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()


def holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether the key's owner signed the message; False for anything that is not a key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
