"""Files by the address that clients know, `mlflow-artifacts:/…`: one request each, in one piece."""

import io
import tempfile
from collections.abc import Mapping
from typing import IO, Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.lib.errors import Refused, TooLarge
from fleet.lib.hashing import chunks
from fleet.lib.rest.request_body import read_body
from fleet.lib.rest.takes import takes
from registry.blobs.download import blob_response
from registry.mlflow import bodies
from registry.mlflow.base import ClientView
from registry.mlflow.runs import file_document
from registry.tracking import files, places

IN_MEMORY: Final = 1024 * 1024  # bytes of an upload that need no temporary file
CHUNKED_MAX: Final = 1024 * 1024  # bytes of one that tells no length, as the client's empty files


class WholeBodyParser(BaseParser):
    """The body as a file, whatever it calls itself."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the file. Raises TooLarge, or Refused for a body that was cut off."""
        del media_type
        view: Any = (parser_context or {})["view"]
        request: Any = (parser_context or {})["request"]
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `put`
        try:
            announced = int(request.META.get("CONTENT_LENGTH") or 0)
            size = _spool(stream, file, announced, view.body_limit_bytes())
        except BaseException:
            file.close()
            raise
        return _as_upload(file, size)


def _spool(stream: IO[Any], file: IO[bytes], announced: int, limit_bytes: int) -> int:
    size = 0
    for piece in chunks(stream):  # type: ignore[arg-type]
        size += len(piece)
        if size > limit_bytes:
            raise TooLarge(f"The file is larger than {limit_bytes} bytes.")
        file.write(piece)
    if size < announced:
        raise Refused("The file did not arrive whole.")
    file.seek(0)
    return size


def _as_upload(file: IO[bytes], size: int) -> dict[str, Any]:
    return {"file": UploadedFile(file=file, name="body", size=size)}


class FileList(ClientView):
    """A folder."""

    @takes(query=bodies.FolderIn)
    def get(self, request: Request) -> Response:
        """Answer with the names in it."""
        del request
        place = places.place_of_path(self.asked["path"].strip("/"))
        found = [file_document(one.name, one.size_bytes) for one in files.listed(place)]
        return Response({"files": found})


class FileDetail(ClientView):
    """One file."""

    parser_classes = (WholeBodyParser,)

    def body_limit_bytes(self) -> int:
        """Return the largest file that is taken: that of a model."""
        return settings.EDGEFLEET_MODEL_MAX_BYTES

    def read(self, request: Request) -> Any:
        """Return the body as a file; the client sends an empty one in chunks."""
        if "HTTP_TRANSFER_ENCODING" not in request.META:
            return super().read(request) or _as_upload(io.BytesIO(), 0)
        plain = request._request  # noqa: SLF001 - DRF has no other way to the server's stream
        data = read_body(plain, limit_bytes=CHUNKED_MAX, what="The file")
        return _as_upload(io.BytesIO(data), len(data))

    def get(self, request: Request, path: str) -> HttpResponseBase:
        """Send it."""
        blob = files.file_blob(places.place_of_path(path))
        name = path.rpartition("/")[2]
        plain = name if name.isascii() and '"' not in name and "\\" not in name else "file"
        return blob_response(request, blob, filename=plain)

    @takes(bodies.FileIn)
    def put(self, request: Request, path: str) -> Response:
        """Store it."""
        del request
        with self.given["file"].file as content:
            files.file_put(place=places.place_of_path(path), content=content)
        return Response({})
