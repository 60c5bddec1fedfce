"""Answers in JSON that can always be sent."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer

from fleet.lib import text


class WholeJsonRenderer(JSONRenderer):
    """JSON; text that is older than `fleet.lib.text` is mended, and breaks no list."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes."""
        try:
            found: bytes = super().render(data, accepted_media_type, renderer_context)
        except ValueError:  # half a character, or a number that JSON does not know
            return super().render(text.mended(data), accepted_media_type, renderer_context)
        return found
