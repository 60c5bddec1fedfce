"""The manual: Markdown files beside this module, shown by the console, readable offline."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from fleet.lib.errors import NotFound

FOLDER: Final = Path(__file__).parent / "docs"
FIRST: Final = (
    "guide",
    "devices",
    "gateways",
    "links",
    "sources",
    "registry",
    "builds",
    "compiler",
    "firmware",
    "rollouts",
    "drift",
    "mcu",
    "model_slots",
    "alerts",
    "replay",
    "keys",
    "backup",
    "ci",
    "mlflow",
    "architecture",
)


@dataclass(frozen=True)
class ManualPage:
    """One page of the manual: its address, its first heading and its HTML."""

    slug: str
    title: str
    html: SafeString


@cache
def documents() -> dict[str, ManualPage]:
    """Return every page by its slug (`guide`, `decisions/0001-…`), in the order of reading."""
    found = sorted(map(_read, FOLDER.rglob("*.md")), key=_place)
    return {document.slug: document for document in found}


def _place(page: ManualPage) -> tuple[int, str]:
    """Guides come first in the order of `FIRST`, then tables, decisions last."""
    if page.slug in FIRST:
        return FIRST.index(page.slug), page.slug
    return len(FIRST) + page.slug.count("/"), page.slug


def document(slug: str) -> ManualPage:
    """Return one page. Raises NotFound."""
    try:
        return documents()[slug]
    except KeyError:
        message = f"The manual has no page {slug!r}."
        raise NotFound(message) from None


def picture_path(name: str) -> Path:
    """Return the file of one of the manual's pictures. Raises NotFound."""
    for path in (FOLDER / "pictures").iterdir():
        if path.name == name:
            return path
    message = f"The manual has no picture {name!r}."
    raise NotFound(message)


def _read(path: Path) -> ManualPage:
    text = path.read_text()
    slug = str(path.relative_to(FOLDER).with_suffix(""))
    title = text.partition("\n")[0].lstrip("# ").strip() or slug
    # Raw HTML stays off: a page is text, whoever wrote it.
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return ManualPage(slug, title, SafeString(html))
