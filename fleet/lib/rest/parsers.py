"""How a body is read: JSON, or the form of an upload, both strictly and up to the view's limit."""

from collections.abc import Mapping
from typing import IO, Any, Final

from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

from fleet.lib import text
from fleet.lib.errors import TooLarge
from fleet.lib.text import strict_json

BODY_MAX_BYTES: Final = 1024 * 1024


class StrictJsonParser(BaseParser):
    """A JSON value; whatever has two meanings or none is refused."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value. Raises TooLarge or Refused."""
        del media_type
        view: Any = (parser_context or {}).get("view")
        limit = view.body_limit_bytes() if hasattr(view, "body_limit_bytes") else BODY_MAX_BYTES
        data = stream.read(limit + 1)
        if len(data) > limit:
            raise TooLarge(f"The body has more than {limit} bytes.")
        return strict_json.parse(data)


class StrictFormParser(MultiPartParser):
    """A file and the fields beside it."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        """Return fields and files. Raises Refused for text that no database holds."""
        found = super().parse(stream, media_type, parser_context)
        for name, values in found.data.lists():
            text.require_storable({name: values})
        for name, files in found.files.lists():
            text.require_storable({name: [file.name for file in files]})
        return found
