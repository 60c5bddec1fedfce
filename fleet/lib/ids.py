"""Public ids: a prefix that tells the kind, then 100 random bits. They never carry order or counts.

Crockford's base 32 (without i, l, o, u) survives being read aloud and typed.
"""

import secrets
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
BITS: Final = 5  # of a character
RANDOM_LENGTH: Final = 20  # characters
MAX_LENGTH: Final = 32  # of the whole id: what database columns and URL patterns reserve


def new_id(prefix: str) -> str:
    """Return a new id such as `ver_4q0d…` for a lower-case prefix of at most 10 letters."""
    number = secrets.randbits(BITS * RANDOM_LENGTH)
    places = range(0, BITS * RANDOM_LENGTH, BITS)
    return f"{prefix}_" + "".join([ALPHABET[number >> place & 31] for place in places])
