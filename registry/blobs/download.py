"""Giving out a blob over HTTP, whole or a range of it.

Guarantees: the ETag is the digest; one range is served, several or a malformed one are answered
with the whole; a range outside answers 416 with the length. `registry.blobs.sending` tells what is
hashed
and who sends the bytes.
"""

import re
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from registry.blobs import sending
from registry.models import Blob

RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True)
class Span:
    """Bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


class OutOfRange(Exception):
    """The range asked for lies outside the file."""


def parse_range(header: str, size_bytes: int) -> Span | None:
    """The span that a Range header asks for; None for the whole. Raises OutOfRange."""
    found = RANGE.fullmatch(header.strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:  # the last n bytes
        if int(last) == 0:
            raise OutOfRange
        return Span(max(0, size_bytes - int(last)), size_bytes)
    start = int(first)
    stop = min(int(last) + 1, size_bytes) if last else size_bytes
    if last and int(last) < start:
        return None
    if start >= size_bytes:
        raise OutOfRange
    return Span(start, stop)


def blob_response(
    request: HttpRequest,
    blob: Blob,
    *,
    filename: str,
    content_type: str = "application/octet-stream",
) -> HttpResponseBase:
    """Answer GET or HEAD with the blob. Raises NotFound or BlobDamaged."""
    etag = f'"{blob.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return _with_headers(HttpResponse(status=304), etag, filename)
    try:
        span = _span(request, etag, blob.size_bytes)
    except OutOfRange:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{blob.size_bytes}"})
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=content_type)
    elif span:
        wanted = sending.Part(span.start, span.stop - span.start)
        response = sending.part(request, blob.sha256, blob.size_bytes, wanted)
    else:
        response = sending.whole(request, blob.sha256, content_type)
    if request.method == "HEAD":
        sent = span or Span(0, blob.size_bytes)
        response["Content-Length"] = str(sent.stop - sent.start)
        response.status_code = 206 if span else 200
    if span and (response.streaming or request.method == "HEAD"):
        response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{blob.size_bytes}"
    return _with_headers(response, etag, filename)


def _span(request: HttpRequest, etag: str, size_bytes: int) -> Span | None:
    header = request.headers.get("Range")
    condition = request.headers.get("If-Range", etag)
    return parse_range(header, size_bytes) if header and condition == etag else None


def _with_headers(response: HttpResponseBase, etag: str, filename: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    if "Location" not in response:
        response["Cache-Control"] = "private, immutable, max-age=31536000"
    return response
