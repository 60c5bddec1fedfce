"""The key that captured samples are sealed for: its public half is told, its private half is a file
that only workers read.
"""

import logging
import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.conf import settings

from builds.keyring import process as holders
from fleet.lib.errors import Unavailable
from fleet.telemetry.models import CaptureKey

log = logging.getLogger(__name__)

FILE: Final = f"{holders.CAPTURE}.pem"
FILE_MODE: Final = 0o600


def public_key() -> CaptureKey:
    """Return the key that devices seal for. Raises Unavailable where there is none yet."""
    found = CaptureKey.objects.first()
    if found is None and holders.may_make():
        found = key_ensure()
    if found is None:
        raise Unavailable("The fleet has no capture key yet: run 'manage.py capture_key'.")
    return found


def key_ensure() -> CaptureKey:
    """Make the key where there is none, and publish its public half. Raises Forbidden."""
    holders.require(holders.CAPTURE)
    path = _path()
    if not path.exists() and holders.may_make():
        _make(path)
        log.warning("made the capture key in %s: back it up, captured samples need it", path)
    public = private_key().public_key().public_bytes_raw().hex()
    return CaptureKey.objects.get_or_create(public=public)[0]


def private_key() -> X25519PrivateKey:
    """Return the private half. Raises Forbidden in a process that may not, Unavailable."""
    holders.require(holders.CAPTURE)
    try:
        key = serialization.load_pem_private_key(_path().read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise Unavailable(f"The capture key {_path()} cannot be read.") from error
    if not isinstance(key, X25519PrivateKey):
        raise Unavailable(f"The capture key {_path()} is not an X25519 key.")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # Made only where there is none: a second process must not replace it.
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(opened, "wb") as file:
        file.write(data)


def _path() -> Path:
    return Path(settings.EDGEFLEET_KEY_DIR) / FILE
