"""Bodies that devices send: read once, never more than a named limit, and texts that any database
stores.
"""

from codecs import BOM_UTF8
from typing import Final

from rest_framework.request import Request

from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from fleet.lib.errors import Refused
from fleet.lib.rest.request_body import read_body

NUL: Final = "\0"


def raw_body(request: Request, *, limit_bytes: int, what: str) -> bytes:
    """Return the body. Raises TooLarge before more than the limit is read, and Refused."""
    return read_body(request._request, limit_bytes=limit_bytes, what=what)  # noqa: SLF001 - no parser


def json_body(request: Request, *, limit_bytes: int, what: str) -> object:
    """Return the JSON value of the body. Raises TooLarge, Refused."""
    body = raw_body(request, limit_bytes=limit_bytes, what=what)
    try:
        value = parse_json(body.removeprefix(BOM_UTF8), limit_bytes=limit_bytes, what=what)
    except ProtocolError as error:
        raise Refused(str(error)) from error
    if b"\\u0000" in body and _holds_nul(value):  # raw ones are no JSON
        raise Refused(f"{what} holds NUL, which no database stores in a text.")
    return value


def _holds_nul(value: object) -> bool:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text if NUL in text:
                return True
            case dict() as members:
                waiting += [*members, *members.values()]
            case list() as items:
                waiting += items
    return False
