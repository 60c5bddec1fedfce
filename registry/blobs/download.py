"""Giving out a blob over HTTP, whole or a range of it.

Guarantees: the ETag is the digest; one range is served, several or a malformed one are answered
with the whole; a range outside answers 416 with the length. `registry.blobs.sending` tells what is
hashed and who sends the bytes.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from fleet.lib.web.ranges import Span, Unreadable, Unsatisfiable, parse_ranges
from registry.blobs import sending
from registry.models import Blob


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
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{blob.size_bytes}"})
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=content_type)
    elif span:
        wanted = sending.BlobPart(span.first, span.length)
        response = sending.part(request, blob.sha256, blob.size_bytes, wanted)
    else:
        response = sending.whole(request, blob.sha256, content_type)
    if request.method == "HEAD":
        response["Content-Length"] = str(span.length if span else blob.size_bytes)
        response.status_code = 206 if span else 200
    if span and (response.streaming or request.method == "HEAD"):
        response["Content-Range"] = f"bytes {span.first}-{span.last}/{blob.size_bytes}"
    return _with_headers(response, etag, filename)


def _span(request: HttpRequest, etag: str, size_bytes: int) -> Span | None:
    header = request.headers.get("Range")
    condition = request.headers.get("If-Range", etag)
    if not header or condition != etag:
        return None
    try:
        spans = parse_ranges(header, size_bytes)
    except Unreadable:
        return None
    return spans[0] if len(spans) == 1 else None


def _with_headers(response: HttpResponseBase, etag: str, filename: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    if "Location" not in response:
        response["Cache-Control"] = "private, immutable, max-age=31536000"
    return response
