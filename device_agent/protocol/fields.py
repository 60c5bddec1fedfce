"""Typed, bounded reads of members of a JSON value that came from outside.

Each function returns the wanted type or raises ``ProtocolError`` that names the member.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TypeAlias

from device_agent.protocol.errors import ProtocolError

TEXT_LIMIT = 512  # characters of an ordinary member
U32_MAX = 2**32 - 1
I53_MAX = 2**53 - 1  # largest integer that every JSON reader keeps exact

HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")

Json: TypeAlias = Mapping[str, object]


def members(value: object, what: str) -> dict[str, object]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise ProtocolError(f"{what} must be a JSON object.")
    return value


def items(data: Json, key: str, *, limit: int) -> list[object]:
    """Return a JSON list of at most ``limit`` items."""
    value = data.get(key)
    if not isinstance(value, list):
        raise ProtocolError(f"'{key}' must be a list.")
    if len(value) > limit:
        raise ProtocolError(f"'{key}' has {len(value)} items, at most {limit} are accepted.")
    return value


def child(data: Json, key: str) -> dict[str, object]:
    """Return a JSON object inside a JSON object."""
    return members(data.get(key), f"'{key}'")


def text(data: Json, key: str, *, limit: int = TEXT_LIMIT, empty: bool = False) -> str:
    """Return a string of at most ``limit`` characters."""
    value = data.get(key)
    if not isinstance(value, str) or not (value or empty):
        raise ProtocolError(f"'{key}' must be a non-empty string.")
    if len(value) > limit:
        raise ProtocolError(f"'{key}' has {len(value)} characters, at most {limit} are accepted.")
    return value


def texts(data: Json, key: str, *, limit: int) -> tuple[str, ...]:
    """Return a list of at most ``limit`` strings."""
    value = data.get(key)
    if not isinstance(value, list) or len(value) > limit:
        raise ProtocolError(f"'{key}' must be a list of at most {limit} strings.")
    return tuple(text({key: each}, key) for each in value)


def name(data: Json, key: str) -> str:
    """Return an identifier: letters, digits, dot, underscore, hyphen; at most 64 of them."""
    value = text(data, key)
    if not NAME.fullmatch(value):
        raise ProtocolError(f"'{key}' must match [A-Za-z0-9._-]{{1,64}}.")
    return value


def digest(data: Json, key: str) -> str:
    """Return a lower-case hexadecimal SHA-256."""
    value = text(data, key)
    if not HEX_DIGEST.fullmatch(value):
        raise ProtocolError(f"'{key}' must be 64 lower-case hexadecimal digits.")
    return value


def integer(data: Json, key: str, *, low: int = 0, high: int = I53_MAX) -> int:
    """Return an integer within limits; ``true`` is not 1."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProtocolError(f"'{key}' must be an integer.")
    if not low <= value <= high:
        raise ProtocolError(f"'{key}' is {value}, it must lie in {low}…{high}.")
    return value


def number(data: Json, key: str) -> float:
    """Return a finite number."""
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ProtocolError(f"'{key}' must be a number.")
    try:
        result = float(value)
    except OverflowError as error:
        raise ProtocolError(f"'{key}' must be finite.") from error
    if result - result != 0.0:  # infinity and NaN alone fail this
        raise ProtocolError(f"'{key}' must be finite.")
    return result


def base64_bytes(data: Json, key: str, *, limit: int) -> bytes:
    """Return bytes in standard base64, at most ``limit`` of them.

    Only the one text that stands for them is accepted: stray bits at its end are an error.
    """
    value = text(data, key, limit=4 * (limit + 2) // 3 + 4, empty=True)
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProtocolError(f"'{key}' is not base64.") from error
    if base64_text(raw) != value:
        raise ProtocolError(f"'{key}' is not canonical base64.")
    if len(raw) > limit:
        raise ProtocolError(f"'{key}' has {len(raw)} bytes, at most {limit} are accepted.")
    return raw


def base64_text(raw: bytes) -> str:
    """Standard base64 of bytes, as JSON carries it."""
    return base64.b64encode(raw).decode("ascii")


def text_map(value: object, what: str, *, limit: int) -> dict[str, str]:
    """Return a JSON object from short strings to short strings."""
    found = members(value, what)
    if len(found) > limit:
        raise ProtocolError(f"{what} has {len(found)} members, at most {limit} are accepted.")
    return {key: text(found, key, empty=True) for key in found}
