"""Private keys under a passphrase: scrypt and AES-256-GCM. Pure.

A sealed file is `MAGIC`, 16 bytes of salt, 12 of nonce, and the ciphertext of a JSON object of
base64 by name. The costs of scrypt are those of RFC 7914 for files (N = 2**17, 128 MiB).
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fleet.lib.errors import Refused
from ota.backup.manifest import NoBackup

MAGIC: Final = b"EFKEYS1\n"
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
COST: Final = 2**17
PASSPHRASE_MIN: Final = 12  # characters
SEALED_MAX: Final = 16 * 1024 * 1024  # bytes


def seal(files: Mapping[str, bytes], passphrase: str) -> bytes:
    """Raises Refused for a passphrase that is too short."""
    if len(passphrase) < PASSPHRASE_MIN:
        raise Refused(f"The passphrase needs {PASSPHRASE_MIN} characters or more.")
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    plain = json.dumps({name: b64encode(data).decode() for name, data in files.items()}).encode()
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, MAGIC)


def unseal(data: bytes, passphrase: str) -> dict[str, bytes]:
    """Raises Refused for another passphrase, NoBackup for bytes that `seal` did not write."""
    rest = data.removeprefix(MAGIC)
    if rest == data:
        raise NoBackup("The sealed keys are damaged.")
    salt, nonce, secret = (
        rest[:SALT_BYTES],
        rest[SALT_BYTES : SALT_BYTES + NONCE_BYTES],
        rest[SALT_BYTES + NONCE_BYTES :],
    )
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, secret, MAGIC)
    except (InvalidTag, ValueError) as error:
        raise Refused("The passphrase does not open the sealed keys.") from error
    return {name: b64decode(text) for name, text in json.loads(plain).items()}


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(passphrase.encode())
