"""Sending a blob by HTTP with ranges: what resuming clients rely on (RFC 9110).

Guarantees: the ETag is the digest, so a range of other bytes can never be taken for a part of
these; a malformed or
multiple range is ignored as the RFC allows, one beyond the end is 416; memory use does not grow
with the file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from fleet.lib.hashing import CHUNK_BYTES
from registry import blobs

ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """The range lies beyond the end."""


def parse_range(header: str | None, size_bytes: int) -> Span | None:
    """The one range that is asked for; None for the whole file."""
    match = ONE_RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        span = Span(max(size_bytes - int(last), 0), size_bytes - 1)
    else:
        span = Span(int(first), min(int(last or size_bytes), size_bytes - 1))
        if last and int(last) < int(first):
            return None
    if span.length < 1 or span.first >= size_bytes:
        raise Unsatisfiable
    return span


def range_response(
    headers: Mapping[str, str], *, sha256: str, size_bytes: int, filename: str
) -> HttpResponseBase:
    """The blob, a range of it, or the news that the caller has it."""
    etag = f'"{sha256}"'
    if etag in headers.get("If-None-Match", "") or headers.get("If-None-Match") == "*":
        return _finish(HttpResponse(status=HTTPStatus.NOT_MODIFIED), etag)
    wanted = headers.get("Range") if headers.get("If-Range", etag) == etag else None
    try:
        span = parse_range(wanted, size_bytes)
    except Unsatisfiable:
        refused = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refused["Content-Range"] = f"bytes */{size_bytes}"
        return _finish(refused, etag)
    sent = span or Span(0, size_bytes - 1)
    status = HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK
    response = StreamingHttpResponse(
        _pieces(sha256, sent), status=status, content_type="application/octet-stream"
    )
    response["Content-Length"] = str(sent.length)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    if span:
        response["Content-Range"] = f"bytes {span.first}-{span.last}/{size_bytes}"
    return _finish(response, etag)


def _finish(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, immutable, max-age=31536000"
    return response


def _pieces(sha256: str, span: Span) -> Iterator[bytes]:
    with blobs.open(sha256) as file:
        file.seek(span.first)
        left = span.length
        while left and (piece := file.read(min(left, CHUNK_BYTES))):
            left -= len(piece)
            yield piece
