"""Secrets at rest that must be used again: AES-256-GCM under a key of the service's own secret key.

A hash is not enough for them; a stolen database alone opens none. Guarantees: a secret opens for
its own purpose and owner only; after a change of `SECRET_KEY` those sealed before still open while
the old key is among `SECRET_KEY_FALLBACKS`.
"""

import binascii
import os
from base64 import b64decode, b64encode
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from fleet.lib.errors import Conflict

NONCE_BYTES: Final = 12


class SealPurpose(Enum):
    """What a secret is for: each purpose has a key of its own."""

    WEBHOOK = b"fleet.telemetry.webhook"
    CHIP = b"fleet.devices.chip"
    SECOND_FACTOR = b"fleet.access.second_factor"


def seal(secret: str, owner: str, purpose: SealPurpose) -> str:
    """Return the secret sealed for the row of that public id."""
    nonce = os.urandom(NONCE_BYTES)
    box = AESGCM(_key(settings.SECRET_KEY, purpose)).encrypt(nonce, secret.encode(), owner.encode())
    return b64encode(nonce + box).decode()


def unseal(sealed: str, owner: str, purpose: SealPurpose) -> str:
    """Return the secret. Raises Conflict where no key of this service opens it."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            raw = b64decode(sealed, validate=True)
            nonce, box = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return AESGCM(_key(key, purpose)).decrypt(nonce, box, owner.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            continue
    name = purpose.name.lower()
    raise Conflict(f"The secret cannot be opened with this SECRET_KEY: give the {name} a new one.")


def _key(secret_key: str | bytes, purpose: SealPurpose) -> bytes:
    raw = secret_key.encode() if isinstance(secret_key, str) else secret_key
    return HKDF(algorithm=SHA256(), length=32, salt=purpose.value, info=b"seal").derive(raw)
