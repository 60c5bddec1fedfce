"""The secret of an API token: made once, shown once, and kept only as a keyed hash.

Guarantees: 256 bits from the system's generator; a prefix and a checksum by which secret scanners
recognise a leak without asking us; a stolen database without the service's secret key cannot check
guesses.
"""

import secrets
import string
import zlib
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

PREFIX: Final = "ef_pat_"
ALPHABET: Final = string.digits + string.ascii_letters
RANDOM_LENGTH: Final = 43  # characters of 5.95 bits
CHECK_LENGTH: Final = 6  # characters: a CRC-32 in base 62
SECRET_LENGTH: Final = len(PREFIX) + RANDOM_LENGTH + CHECK_LENGTH
HINT_LENGTH: Final = len(PREFIX) + 4  # what lists show, so that people find a token again
_SALT: Final = "fleet.access.token"


def new_secret() -> str:
    """Return a new token secret such as `ef_pat_…`."""
    body = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return body + _checksum(body)


def is_well_formed(secret: str) -> bool:
    """Tell whether `secret` has the shape and the checksum of a token; a typo never reaches the
    database.
    """
    body, check = secret[:-CHECK_LENGTH], secret[-CHECK_LENGTH:]
    return (
        len(secret) == SECRET_LENGTH
        and secret.startswith(PREFIX)
        and secret.isascii()
        and _checksum(body) == check
    )


def digest(secret: str) -> str:
    """Return the keyed hash under which a new token is stored."""
    return _keyed(secret, settings.SECRET_KEY)


def digests(secret: str) -> tuple[str, ...]:
    """Return the hashes under which `secret` may be stored: the current key's, then those of older
    keys.
    """
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return tuple(_keyed(secret, key) for key in keys)


def _keyed(secret: str, key: str | bytes) -> str:
    return salted_hmac(_SALT, secret, secret=key, algorithm="sha256").hexdigest()


def _checksum(body: str) -> str:
    value, characters = zlib.crc32(body.encode()), ""
    for _ in range(CHECK_LENGTH):
        value, rest = divmod(value, len(ALPHABET))
        characters = ALPHABET[rest] + characters
    return characters
