"""The tags of a page that forms are made of, with where each begins and ends in its text."""

from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from typing import Final

FIELDS: Final = frozenset({"input", "select", "textarea", "button"})
AROUND: Final = frozenset({"form", "label", "fieldset", "details", "div", "option"})
VOID: Final = "input"  # has no end tag


@dataclass(eq=False)
class Tag:
    """One element: `at` begins its tag, `inner` its content; `above` are those around it."""

    name: str
    attrs: dict[str, str | None]
    above: tuple["Tag", ...]
    at: int
    inner: int
    inner_end: int
    end: int

    def has(self, name: str) -> str:
        """Return an attribute's value; empty where it has none."""
        return self.attrs.get(name) or ""

    def around(self, name: str) -> "Tag | None":
        """Return the nearest element of a name around this one."""
        return next((each for each in reversed(self.above) if each.name == name), None)

    def opened(self, **attrs: str | None) -> str:
        """Return its start tag with other attributes: those that are None are left out."""
        told = {name: value or "" for name, value in self.attrs.items()}
        told |= {name: value for name, value in attrs.items() if value is not None}
        left = [name for name in told if attrs.get(name, "") is not None]
        return "".join(
            [f"<{self.name}", *(f' {name}="{escape(told[name])}"' for name in left), ">"]
        )


def tags_of(html: str) -> list[Tag]:
    """Return the tags of a page in their order."""
    reader = _Reader(html)
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Tag] = []
        self._open: list[Tag] = []
        lengths = [len(line) + 1 for line in html.split("\n")]
        self._lines = [0, *accumulate(lengths)]
        self._size = len(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in FIELDS | AROUND:
            return
        at, inner = self._here(), self._here() + len(self.get_starttag_text() or "")
        made = Tag(tag, dict(attrs), tuple(self._open), at, inner, inner, inner)
        self.found.append(made)
        if tag != VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        names = [each.name for each in self._open]
        if tag not in names:
            return
        while self._open:
            closed = self._open.pop()
            closed.inner_end = self._here()
            closed.end = min(closed.inner_end + len(f"</{tag}>"), self._size)
            if closed.name == tag:
                return

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def edited(html: str, edits: list[tuple[int, int, str]]) -> str:
    """Return the text with its parts from `begin` to `end` replaced; none overlap."""
    made, here = [], 0
    for begin, end, text in sorted(edits, key=lambda each: each[:2]):
        made += [html[here:begin], text]
        here = end
    return "".join([*made, html[here:]])
