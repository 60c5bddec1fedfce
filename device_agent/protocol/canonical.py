"""One byte sequence for one JSON value: sorted keys, no spaces, UTF-8, no NaN.

Digests and signatures are made over these bytes, so the form can never change.
"""

import json

from device_agent.protocol.errors import ProtocolError


def canonical_json(value: object) -> bytes:
    """Return the canonical bytes of a JSON value."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def parse_json(data: bytes, *, limit_bytes: int, what: str) -> object:
    """Parse JSON that came from outside: UTF-8, bounded, no duplicate member, no NaN, and no half
    of a character, which could be neither stored nor signed.
    """
    if len(data) > limit_bytes:
        raise ProtocolError(f"{what} has {len(data)} bytes, at most {limit_bytes} are accepted.")
    try:
        text = data.decode("utf-8")
        value: object = json.loads(
            text, object_pairs_hook=_unique_members, parse_constant=_refuse_constant
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ProtocolError:
        raise
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"{what} is not JSON.") from error
    return value


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ProtocolError("A JSON object names one member twice.")
    return members


def _refuse_constant(name: str) -> object:
    raise ProtocolError(f"{name} is not a JSON number.")
