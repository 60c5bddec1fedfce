"""Reads a member as hawkBit's own parser does: a number where a text is wanted is its text, a text
of digits where a number is wanted is that number. Clients of other makers rely on it.

Nothing else is guessed: objects and lists are not texts, and every bound still holds.
"""

import re

from device_agent.protocol import fields
from device_agent.protocol.errors import ProtocolError

DIGITS = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def scalar_text(data: fields.Json, key: str, *, limit: int = fields.TEXT_LIMIT) -> str:
    """Return the text of a string, a number, ``true``, ``false``, or of ``null``, which is
    empty.
    """
    return fields.text({key: text_of(data.get(key), f"'{key}'")}, key, limit=limit, empty=True)


def text_of(value: object, what: str) -> str:
    """Return the text of a JSON value that is neither a list nor an object. Raises
    ProtocolError.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(fields.number({what: value}, what) if isinstance(value, float) else value)
        case _:
            raise ProtocolError(f"{what} must be a text, a number, true or false.")


def whole(data: fields.Json, key: str, *, low: int = 0, high: int) -> int | None:
    """Return an integer, also as ``2.0`` or ``"2"``; None where there is none. Raises
    ProtocolError.
    """
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    return fields.integer({key: value}, key, low=low, high=high)
