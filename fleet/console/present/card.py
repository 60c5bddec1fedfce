"""A card: Markdown that people write of a model or a version, and a tag of what the form showed."""

from collections.abc import Mapping
from typing import Final

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from fleet.lib.hashing import sha256_hex

# No raw HTML, and no picture from elsewhere.
_READER: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def card_of(title: str, description: str) -> Mapping[str, str | SafeString]:
    """Return the card as it is shown and as it is edited."""
    return {
        "title": title,
        "text": description,
        "html": SafeString(_READER.render(description)),
        "seen": sha256_hex(f"{title}\n{description}".encode()),
    }
