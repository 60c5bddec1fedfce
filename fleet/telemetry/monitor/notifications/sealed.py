"""Webhook secrets at rest: AES-256-GCM under a key of the service's own secret key.

They must be used again, so a hash is not enough; a stolen database alone opens none of them.
Guarantees: a secret opens for its own destination only; after a change of `SECRET_KEY` those
sealed before still open while the old key is among `SECRET_KEY_FALLBACKS`.
"""

import binascii
import os
from base64 import b64decode, b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from fleet.lib.errors import Conflict

NONCE_BYTES: Final = 12
_SALT: Final = b"fleet.telemetry.webhook"


def seal(secret: str, owner: str) -> str:
    """Return the secret sealed for the destination of that public id."""
    nonce = os.urandom(NONCE_BYTES)
    box = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, secret.encode(), owner.encode())
    return b64encode(nonce + box).decode()


def unseal(sealed: str, owner: str) -> str:
    """Return the secret. Raises Conflict where no key of this service opens it."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            raw = b64decode(sealed, validate=True)
            nonce, box = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return AESGCM(_key(key)).decrypt(nonce, box, owner.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            continue
    raise Conflict("The secret cannot be opened with this SECRET_KEY: give the webhook a new one.")


def _key(secret_key: str | bytes) -> bytes:
    raw = secret_key.encode() if isinstance(secret_key, str) else secret_key
    return HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=b"seal").derive(raw)
