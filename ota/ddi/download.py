"""Artifact downloads that can be resumed: ranges, validators, HEAD, and the MD5SUM companion.

The bytes come through this host, because small clients follow no redirect to another one;
`registry.blobs.sending` tells how, and which clients are sent elsewhere.
"""

import secrets
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from fleet.devices.device_api.answers import json_answer
from fleet.lib.errors import NotFound, PreconditionFailed
from fleet.lib.web.ranges import Span, Unsatisfiable, parse_ranges
from ota import selectors
from ota.ddi.base import DdiView
from ota.ddi.documents import artifact_list
from ota.models import ReleaseArtifact
from registry.blobs import sending
from registry.blobs.sending import BlobPart

BOUNDARY_BYTES = 16  # random: no file holds it by accident


class ArtifactList(DdiView):
    """The files of a software module."""

    def get(self, request: Request, module: int, **kwargs: Any) -> HttpResponseBase:
        """Answer with the one file, as a deployment lists it."""
        del request, kwargs
        row = selectors.artifact_of_device(self.device, module)
        download = self.link("artifact", module=module, filename=row.filename)
        return json_answer(artifact_list(row, download))


class ArtifactFile(DdiView):
    """A file's bytes."""

    def get(self, request: Request, module: int, filename: str, **kwargs: Any) -> HttpResponseBase:
        """Answer with the whole file or the range that is asked for."""
        del kwargs
        row = _named(selectors.artifact_of_device(self.device, module), filename)
        return _conditional(request, row) or _bytes(request, row)

    def head(self, request: Request, module: int, filename: str, **kwargs: Any) -> HttpResponseBase:
        """Answer with the headers of the whole file."""
        del kwargs
        row = _named(selectors.artifact_of_device(self.device, module), filename)
        return _headers(HttpResponse(content_type="application/octet-stream"), row, row.size_bytes)


class Md5Sum(DdiView):
    """The file's MD5 in the form that `md5sum -c` reads."""

    def get(self, request: Request, module: int, filename: str, **kwargs: Any) -> HttpResponseBase:
        """Answer with one line."""
        del request, kwargs
        row = _named(selectors.artifact_of_device(self.device, module), filename)
        return HttpResponse(f"{row.md5}  {row.filename}\n", content_type="text/plain")


def _named(row: ReleaseArtifact, filename: str) -> ReleaseArtifact:
    if row.filename != filename:
        raise NotFound(f"There is no file {filename[:80]!r} in this software module.")
    return row


def _etag(row: ReleaseArtifact) -> str:
    return f'"{row.sha1}"'


def _matches(header: str, row: ReleaseArtifact) -> bool:
    tags = {tag.strip() for tag in header.split(",")}
    return "*" in tags or _etag(row) in tags


def _conditional(request: Request, row: ReleaseArtifact) -> HttpResponseBase | None:
    wanted = request.headers.get("If-Match")
    if wanted is not None and not _matches(wanted, row):
        raise PreconditionFailed("The file is another one than If-Match names.")
    known = request.headers.get("If-None-Match")
    if known is not None and _matches(known, row):
        return HttpResponse(status=304, headers={"ETag": _etag(row)})
    return None


def _bytes(request: Request, row: ReleaseArtifact) -> HttpResponseBase:
    try:
        spans = _spans(request, row)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{row.size_bytes}"})
    if len(spans) > 1:
        return _several(row, spans)
    http = request._request  # noqa: SLF001 - DRF documents it
    if not spans:
        return _headers(sending.whole(http, row.sha256), row)
    span = spans[0]
    answer = sending.part(http, row.sha256, row.size_bytes, BlobPart(span.first, span.length))
    if answer.streaming:
        answer["Content-Range"] = _content_range(span, row)
    return _headers(answer, row)


def _several(row: ReleaseArtifact, spans: tuple[Span, ...]) -> HttpResponseBase:
    """Several ranges in one answer, each with its own head (RFC 9110 §14.6)."""
    boundary = secrets.token_hex(BOUNDARY_BYTES)
    parts = []
    for number, span in enumerate(spans):
        head = "\r\n" if number else ""
        head += f"--{boundary}\r\nContent-Type: application/octet-stream\r\n"
        head += f"Content-Range: {_content_range(span, row)}\r\n\r\n"
        parts.append(BlobPart(span.first, span.length, head.encode()))
    tail = f"\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/byteranges; boundary={boundary}"
    answer = sending.parts(row.sha256, row.size_bytes, parts, tail, kind)
    return _headers(answer, row)


def _content_range(span: Span, row: ReleaseArtifact) -> str:
    return f"bytes {span.first}-{span.last}/{row.size_bytes}"


def _spans(request: Request, row: ReleaseArtifact) -> tuple[Span, ...]:
    header = request.headers.get("Range")
    if header is None:
        return ()
    # A resumed download of another file would be a mixture: send the whole one.
    validator = request.headers.get("If-Range")
    if validator is not None and validator.strip() != _etag(row):
        return ()
    return parse_ranges(header, row.size_bytes)


def _headers(
    answer: HttpResponseBase, row: ReleaseArtifact, length: int | None = None
) -> HttpResponseBase:
    """Set the length for HEAD only: an answer with bytes tells its own."""
    if answer.has_header("Location"):
        return answer
    if length is not None:
        answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = _etag(row)
    answer["Content-Disposition"] = f'attachment; filename="{row.filename}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
