"""Bodies that devices send: read once, never more than a named limit."""

from typing import Final

from rest_framework.request import Request

from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from fleet.lib.errors import Refused, TooLarge

NUL: Final = b"\\u0000"


def raw_body(request: Request, *, limit_bytes: int, what: str) -> bytes:
    """Return the body. Raises TooLarge before anything of a longer one is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (str(length).isascii() and str(length).isdigit()):
        raise Refused(f"{what} needs a Content-Length.")
    if int(length) > limit_bytes:
        raise TooLarge(f"{what} has {length} bytes, at most {limit_bytes} are accepted.")
    body: bytes = request._request.body  # noqa: SLF001 - the bytes, before any parser
    return body


def json_body(request: Request, *, limit_bytes: int, what: str) -> object:
    """Return the JSON value of the body. Raises TooLarge, Refused."""
    body = raw_body(request, limit_bytes=limit_bytes, what=what)
    if NUL in body:  # raw ones are no JSON
        raise Refused(f"{what} holds NUL, which no database stores in a text.")
    try:
        return parse_json(body, limit_bytes=limit_bytes, what=what)
    except ProtocolError as error:
        raise Refused(str(error)) from error
