"""Artifact downloads that can be resumed: ranges, validators, HEAD, and the MD5SUM companion.

The bytes come through this host, because small clients follow no redirect to another one;
`registry.blobs.sending` tells how, and which clients are sent elsewhere.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from rest_framework.request import Request

from fleet.devices.device_api.answers import json_answer
from fleet.lib.errors import PreconditionFailed
from fleet.lib.web.ranges import Span, Unsatisfiable, parse_ranges
from ota import selectors
from ota.ddi.base import DdiView
from ota.ddi.documents import artifact_list
from ota.models import ReleaseArtifact
from ota.releases.deltas.offering import delta_of, fetched
from ota.selectors import Downloadable
from registry.blobs import sending
from registry.blobs.sending import BlobPart

NAME_MAX: Final = 120  # characters
BOUNDARY_BYTES = 16  # random: no file holds it by accident


class ArtifactList(DdiView):
    """The files of a software module."""

    def get(self, request: Request, module: int, **kwargs: Any) -> HttpResponseBase:
        """Answer with the files, as a deployment lists them."""
        del request, kwargs
        rows = selectors.files_of_device(self.device, module)

        def link(filename: str) -> str:
            return self.link("artifact", module=module, filename=filename)

        return json_answer(artifact_list(rows, link))


class ArtifactFile(DdiView):
    """A file's bytes."""

    def get(self, request: Request, module: int, filename: str, **kwargs: Any) -> HttpResponseBase:
        """Answer with the whole file or the range that is asked for."""
        del kwargs
        row = selectors.file_of_device(self.device, module, filename)
        if isinstance(row, ReleaseArtifact):
            fetched(self.device, row, None)
        return _conditional(request, row) or _bytes(request, row)

    def head(self, request: Request, module: int, filename: str, **kwargs: Any) -> HttpResponseBase:
        """Answer with the headers of the whole file."""
        del kwargs
        row = selectors.file_of_device(self.device, module, filename)
        return _headers(HttpResponse(content_type="application/octet-stream"), row, row.size_bytes)


@dataclass
class DeltaBytes:
    """A delta as a file to download; its digest is its validator in place of a SHA-1."""

    filename: str
    sha256: str
    sha1: str
    md5: str
    size_bytes: int
    changed_at: datetime


class DeltaFile(DdiView):
    """What makes a file of the one that the device runs."""

    def get(
        self, request: Request, module: int, filename: str, sha256: str, **kwargs: Any
    ) -> HttpResponseBase:
        """Answer with the whole delta or the range that is asked for."""
        del kwargs
        artifact = selectors.artifact_of_device(self.device, module)
        row = delta_of(self.device, artifact, sha256)
        fetched(self.device, artifact, row)
        name = f"{filename[:NAME_MAX]}.delta"
        found = DeltaBytes(name, sha256, sha256, "", row.size_bytes or 0, row.updated_at)
        return _conditional(request, found) or _bytes(request, found)


class Md5Sum(DdiView):
    """The file's MD5 in the form that `md5sum -c` reads."""

    def get(self, request: Request, module: int, filename: str, **kwargs: Any) -> HttpResponseBase:
        """Answer with one line."""
        del request, kwargs
        row = selectors.file_of_device(self.device, module, filename)
        return HttpResponse(f"{row.md5}  {row.filename}\n", content_type="text/plain")


def etag(row: Downloadable) -> str:
    """Return a file's validator."""
    return f'"{row.sha1}"'


def matches(header: str, row: Downloadable) -> bool:
    """Tell whether a list of tags holds the file's."""
    tags = {tag.strip() for tag in header.split(",")}
    return "*" in tags or etag(row) in tags


def _conditional(request: Request, row: Downloadable) -> HttpResponseBase | None:
    wanted = request.headers.get("If-Match")
    if wanted is not None and not matches(wanted, row):
        raise PreconditionFailed("The file is another one than If-Match names.")
    known = request.headers.get("If-None-Match")
    if known is not None and matches(known, row):
        return HttpResponse(status=304, headers={"ETag": etag(row)})
    return None


def _bytes(request: Request, row: Downloadable) -> HttpResponseBase:
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


def _several(row: Downloadable, spans: tuple[Span, ...]) -> HttpResponseBase:
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


def _content_range(span: Span, row: Downloadable) -> str:
    return f"bytes {span.first}-{span.last}/{row.size_bytes}"


def _spans(request: Request, row: Downloadable) -> tuple[Span, ...]:
    header = request.headers.get("Range")
    if header is None:
        return ()
    # A resumed download of another file would be a mixture: send the whole one.
    validator = request.headers.get("If-Range")
    if validator is not None and validator.strip() != etag(row):
        return ()
    return parse_ranges(header, row.size_bytes)


def _headers(
    answer: HttpResponseBase, row: Downloadable, length: int | None = None
) -> HttpResponseBase:
    """Set the length for HEAD only: an answer with bytes tells its own."""
    if answer.has_header("Location"):
        return answer
    if length is not None:
        answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = etag(row)
    answer["Last-Modified"] = http_date(row.changed_at.timestamp())
    answer["Content-Disposition"] = f'attachment; filename="{row.filename}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
