"""Bearer secrets of this app: enrolment codes, target tokens and gateway tokens. Shown once, stored
as a keyed hash.

Guarantees: 160 random bits or more; a stolen database without the service's secret key cannot
check guesses.
"""

import secrets
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

RANDOM_BYTES: Final = 20
SECRET_MAX: Final = 128  # characters that are looked at at all


class Purpose(StrEnum):
    """What a secret is for; a secret of one purpose is nothing for another."""

    CODE = "ef_enr_"
    TARGET_TOKEN = "ef_dev_"  # noqa: S105 - a prefix
    GATEWAY_TOKEN = "ef_gw_"  # noqa: S105 - idem


def new_secret(purpose: Purpose) -> str:
    """Return a new secret; its prefix tells people and scanners what it is."""
    return purpose + secrets.token_urlsafe(RANDOM_BYTES)


def digest(purpose: Purpose, secret: str) -> str:
    """Return the hash under which a new secret is stored."""
    return _keyed(purpose, secret, settings.SECRET_KEY)


def digests(purpose: Purpose, secret: str) -> tuple[str, ...]:
    """Return the hashes under which it may be stored: the current key's, then those of older
    keys.
    """
    if len(secret) > SECRET_MAX:
        return ()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return tuple(_keyed(purpose, secret, key) for key in keys)


def _keyed(purpose: Purpose, secret: str, key: str | bytes) -> str:
    salt = f"fleet.devices.{purpose.name}"
    return salted_hmac(salt, secret, secret=key, algorithm="sha256").hexdigest()
