"""Artifact downloads that can be resumed: ranges, validators, HEAD, and the MD5SUM companion.

The bytes come through this host, because small clients follow no redirect to another one.
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from fleet.lib.errors import NotFound, PreconditionFailed
from ota import selectors
from ota.ddi.base import DdiView, json_answer
from ota.ddi.documents import artifact_list
from ota.ddi.ranges import Span, Unsatisfiable, parse_ranges
from ota.models import ReleaseArtifact
from registry import blobs

PIECE_BYTES = 64 * 1024
BOUNDARY_BYTES = 16  # random: no file holds it by accident


class ArtifactList(DdiView):
    """The files of a software module."""

    def get(self, request: Request, module: int, **kwargs: Any) -> HttpResponseBase:
        """Answer with the one file, as it stands in a deployment."""
        del request, kwargs
        row = selectors.artifact_of_device(self.device, module)
        download = self.link("artifact", module=module, filename=row.filename)
        return json_answer(artifact_list(row, download))


class Artifact(DdiView):
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
    span = spans[0] if spans else Span(0, row.size_bytes - 1)
    answer = StreamingHttpResponse(
        Pieces(row.sha256, (Part(span),)),
        status=206 if spans else 200,
        content_type="application/octet-stream",
    )
    if spans:
        answer["Content-Range"] = _content_range(span, row)
    return _headers(answer, row, span.length)


def _several(row: ReleaseArtifact, spans: tuple[Span, ...]) -> HttpResponseBase:
    """Several ranges in one answer, each with its own head (RFC 9110 §14.6)."""
    boundary = secrets.token_hex(BOUNDARY_BYTES)
    parts = []
    for number, span in enumerate(spans):
        head = "\r\n" if number else ""
        head += f"--{boundary}\r\nContent-Type: application/octet-stream\r\n"
        head += f"Content-Range: {_content_range(span, row)}\r\n\r\n"
        parts.append(Part(span, head.encode()))
    end = Part(Span(0, -1), f"\r\n--{boundary}--\r\n".encode())
    answer = StreamingHttpResponse(
        Pieces(row.sha256, (*parts, end)),
        status=206,
        content_type=f"multipart/byteranges; boundary={boundary}",
    )
    return _headers(answer, row, sum(part.length for part in (*parts, end)))


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


def _headers(answer: HttpResponseBase, row: ReleaseArtifact, length: int) -> HttpResponseBase:
    answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = _etag(row)
    answer["Content-Disposition"] = f'attachment; filename="{row.filename}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@dataclass(frozen=True, slots=True)
class Part:
    """A span of the blob, with bytes of our own before it."""

    span: Span
    head: bytes = b""

    @property
    def length(self) -> int:
        """How many bytes."""
        return len(self.head) + self.span.length


class Pieces:
    """Parts of a blob, opened (and so verified) before the first header is sent."""

    def __init__(self, sha256: str, parts: tuple[Part, ...]) -> None:
        self._open = ExitStack()
        self._stream = self._open.enter_context(blobs.open(sha256))
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes in small pieces, so that a slow reader costs little memory."""
        for part in self._parts:
            if part.head:
                yield part.head
            yield from self._of(part.span)

    def _of(self, span: Span) -> Iterator[bytes]:
        self._stream.seek(span.first)
        left = span.length
        while left > 0 and (piece := self._stream.read(min(left, PIECE_BYTES))):
            left -= len(piece)
            yield piece

    def close(self) -> None:
        """Give the file back, also when the client went away."""
        self._open.close()
