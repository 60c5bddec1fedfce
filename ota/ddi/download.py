"""Artifact downloads that can be resumed: ranges, validators, HEAD, and the MD5SUM companion.

The bytes come through this host, because small clients follow no redirect to another one.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from fleet.lib.errors import NotFound, PreconditionFailed
from ota import selectors
from ota.ddi.base import DdiView, json_answer
from ota.ddi.documents import artifact_list
from ota.ddi.ranges import Span, Unsatisfiable, parse_range
from ota.models import ReleaseArtifact
from registry import blobs

PIECE_BYTES = 64 * 1024


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
        span = _span(request, row)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{row.size_bytes}"})
    whole = Span(0, row.size_bytes - 1)
    answer = StreamingHttpResponse(
        Pieces(row.sha256, span or whole),
        status=206 if span else 200,
        content_type="application/octet-stream",
    )
    if span:
        answer["Content-Range"] = f"bytes {span.first}-{span.last}/{row.size_bytes}"
    return _headers(answer, row, (span or whole).length)


def _span(request: Request, row: ReleaseArtifact) -> Span | None:
    header = request.headers.get("Range")
    if header is None:
        return None
    # A resumed download of another file would be a mixture: send the whole one.
    validator = request.headers.get("If-Range")
    if validator is not None and validator.strip() != _etag(row):
        return None
    return parse_range(header, row.size_bytes)


def _headers(answer: HttpResponseBase, row: ReleaseArtifact, length: int) -> HttpResponseBase:
    answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = _etag(row)
    answer["Content-Disposition"] = f'attachment; filename="{row.filename}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


class Pieces:
    """A span of a blob, opened (and so verified) before the first header is sent."""

    def __init__(self, sha256: str, span: Span) -> None:
        self._open = ExitStack()
        self._stream = self._open.enter_context(blobs.open(sha256))
        self._span = span

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes in small pieces, so that a slow reader costs little memory."""
        self._stream.seek(self._span.first)
        left = self._span.length
        while left > 0 and (piece := self._stream.read(min(left, PIECE_BYTES))):
            left -= len(piece)
            yield piece

    def close(self) -> None:
        """Give the file back, also when the client went away."""
        self._open.close()
