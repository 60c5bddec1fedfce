"""The same messages in CBOR (RFC 8949), for clients that save bytes: the data model is JSON's.

What JSON could not say is refused: tags, byte strings, keys other than texts, infinite floats; and
what was sent is bounded as JSON is, in bytes and in depth.
"""

import io
import json
from typing import Any, Final

import cbor2
from django.http import HttpResponse
from rest_framework.request import Request

from fleet.devices.device_api.body import NUL, raw_body
from fleet.lib.errors import Refused

CBOR: Final = "application/cbor"
JSON: Final = "application/json"
DEPTH_MAX: Final = 32
INTEGER_MAX: Final = 2**53 - 1


def is_cbor(content_type: str) -> bool:
    """Tell whether a body is CBOR."""
    return content_type.partition(";")[0].strip().lower() == CBOR


def prefers_cbor(accept: str) -> bool:
    """Tell whether a client names CBOR, and no JSON before it."""
    words = [word.partition(";")[0].strip().lower() for word in accept.split(",")]
    known = [word for word in words if word in (CBOR, JSON, "application/hal+json", "*/*")]
    return bool(known) and known[0] == CBOR


def cbor_body(request: Request, *, limit_bytes: int, what: str) -> object:
    """Return the value of a body. Raises TooLarge, Refused."""
    return parse_cbor(raw_body(request, limit_bytes=limit_bytes, what=what), what=what)


def parse_cbor(data: bytes, *, what: str) -> object:
    """Return a value that JSON could hold. Raises Refused."""
    stream = io.BytesIO(data)
    try:
        decoder = cbor2.CBORDecoder(
            stream, tag_hook=_no_tag, max_depth=DEPTH_MAX, allow_duplicate_keys=False
        )
        value = decoder.decode()
    except Refused:
        raise
    except (cbor2.CBORError, ValueError, RecursionError, MemoryError, TypeError) as error:
        raise Refused(f"{what} cannot be read as CBOR.") from error
    if stream.read(1):
        raise Refused(f"{what} goes on behind its end.")
    _require_plain(value, what)
    return value


def to_cbor(answer: HttpResponse) -> None:
    """Turn an answer in JSON into one in CBOR."""
    if answer.streaming or not answer.content or JSON not in answer.get("Content-Type", ""):
        return
    answer.content = cbor2.dumps(json.loads(answer.content))
    answer["Content-Type"] = CBOR
    answer["Content-Length"] = str(len(answer.content))


def _no_tag(decoder: Any, tag: Any) -> Any:
    del decoder, tag
    raise Refused("The body holds a CBOR tag, which has no meaning here.")


def _require_plain(value: object, what: str) -> None:
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise Refused(f"{what} is nested deeper than {DEPTH_MAX} levels.")
        match each:
            case None | bool():
                continue
            case str() if NUL not in each:
                continue
            case int() if abs(each) <= INTEGER_MAX:
                continue
            case float() if each - each == 0:  # neither infinite nor NaN
                continue
            case list():
                waiting += [(item, depth + 1) for item in each]
            case dict() if all(isinstance(key, str) and NUL not in key for key in each):
                waiting += [(item, depth + 1) for item in each.values()]
            case _:
                raise Refused(f"{what} holds a value that JSON has no form for.")
