"""A box that only the holder of an X25519 key opens: an ephemeral key, HKDF-SHA256, AES-256-GCM.

Box = ephemeral public key (32 bytes), nonce (12 bytes), ciphertext with its tag. ``context`` is
bound to it: a box that is moved to another place does not open there.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from device_agent.protocol.errors import ProtocolError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = KEY_BYTES + NONCE_BYTES + TAG_BYTES  # bytes
PURPOSE = b"edgefleet capture 1"


def seal(data: bytes, *, key: bytes, context: bytes) -> bytes:
    """The box for the holder of a public key."""
    own = X25519PrivateKey.generate()
    public = own.public_key().public_bytes_raw()
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(key))
    except ValueError as error:
        raise ProtocolError("The capture key is not a usable X25519 key.") from error
    nonce = os.urandom(NONCE_BYTES)
    secret = _derived(shared, public, key)
    return public + nonce + AESGCM(secret).encrypt(nonce, data, context)


def open_box(box: bytes, *, key: X25519PrivateKey, context: bytes) -> bytes:
    """What is in a box; ``ProtocolError`` for one that is damaged, or for another key or place."""
    if len(box) < OVERHEAD:
        raise ProtocolError("The box is too short.")
    public, nonce = box[:KEY_BYTES], box[KEY_BYTES : KEY_BYTES + NONCE_BYTES]
    own = key.public_key().public_bytes_raw()
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(public))
        secret = _derived(shared, public, own)
        return AESGCM(secret).decrypt(nonce, box[KEY_BYTES + NONCE_BYTES :], context)
    except (InvalidTag, ValueError) as error:
        raise ProtocolError("The box does not open with this key and place.") from error


def _derived(shared: bytes, ephemeral: bytes, holder: bytes) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE + ephemeral + holder)
    return derive.derive(shared)
