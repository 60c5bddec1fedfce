"""The bytes of a request, however a client frames them, and never more than a named limit.

* A length that is told is judged before anything is read.
* A body sent in chunks tells none, and Django takes it for an empty one: it is read here, up to one
  byte beyond the limit, from any server that says where such a body ends.
* A body that arrives cut short is refused, also where what came is whole JSON.
"""

from collections.abc import Callable
from typing import Final

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from fleet.lib.errors import Refused, TooLarge

PIECE_BYTES: Final = 16 * 1024
Read = Callable[[int], bytes]


def read_body(request: HttpRequest, *, limit_bytes: int, what: str) -> bytes:
    """Return the whole body. Raises TooLarge for a longer one, Refused for one cut short."""
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return _read_to_the_end(_stream(request, what), limit_bytes, what)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (str(length).isascii() and str(length).isdigit() and len(str(length)) < 19):
        raise Refused(f"{what} needs a Content-Length.")
    if int(length) > limit_bytes:
        raise TooLarge(f"{what} has {length} bytes, at most {limit_bytes} are accepted.")
    try:
        body: bytes = request.body
    except OSError as error:
        raise _cut_short(what) from error
    if len(body) < int(length):
        raise _cut_short(what)
    return body


def _stream(request: HttpRequest, what: str) -> Read:
    """Return what gives the bytes of a body in chunks: its end is the server's to know (PEP 3333
    has no word for it, `wsgi.input_terminated` is what servers agreed on).
    """
    if not isinstance(request, WSGIRequest):
        return request.read
    if not request.environ.get("wsgi.input_terminated"):
        raise Refused(f"{what} needs a Content-Length: this server takes no chunks.")
    read: Read = request.environ["wsgi.input"].read
    return read


def _read_to_the_end(read: Read, limit_bytes: int, what: str) -> bytes:
    body = bytearray()
    while len(body) <= limit_bytes:
        try:
            piece = read(min(PIECE_BYTES, limit_bytes + 1 - len(body)))
        except Exception as error:  # each server has errors of its own for chunks that are none
            raise _cut_short(what) from error
        if not piece:
            return bytes(body)
        body += piece
    raise TooLarge(f"{what} has more than the {limit_bytes} bytes that are accepted.")


def _cut_short(what: str) -> Refused:
    return Refused(f"{what} did not arrive whole.")
