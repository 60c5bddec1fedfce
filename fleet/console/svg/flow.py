"""Things that come from one another: columns of boxes from left to right, and lines between."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, number, picture

STEP: Final = 118.0  # from one column to the next
BOX_WIDTH: Final = 103.0
BOX_HEIGHT: Final = 34.0
GAP: Final = 10.0  # between boxes of a column
TOP: Final = 22.0  # room for the names of the columns
TEXT_MAX: Final = 17  # characters of a line in a box


@dataclass(frozen=True)
class FlowBox:
    """One thing: two lines of text, and where a click leads; an empty address leads nowhere."""

    key: str
    text: str
    note: str = ""
    href: str = ""
    css: str = ""


@dataclass(frozen=True)
class FlowColumn:
    """Things of one kind, one below the other."""

    name: str
    boxes: tuple[FlowBox, ...]


def flow(title: str, columns: Sequence[FlowColumn], edges: Sequence[tuple[str, str]]) -> SafeString:
    """Return the picture; edges between boxes that are not there are left out."""
    tallest = max((len(column.boxes) for column in columns), default=1) or 1
    height = TOP + tallest * (BOX_HEIGHT + GAP)
    places: dict[str, tuple[float, float]] = {}
    boxes, names = [], []
    for index, column in enumerate(columns):
        x = index * STEP
        names.append(label(x, 12, column.name))
        whole = len(column.boxes) * (BOX_HEIGHT + GAP) - GAP
        y = TOP + (height - TOP - whole) / 2
        for box in column.boxes:
            places[box.key] = (x, y)
            boxes.append(_box(box, x, y))
            y += BOX_HEIGHT + GAP
    lines = [
        _edge(places[start], places[end])
        for start, end in edges
        if start in places and end in places
    ]
    width = max(1, len(columns)) * STEP - (STEP - BOX_WIDTH)
    return picture(width, height, title, [*lines, *names, *boxes])


def _box(box: FlowBox, x: float, y: float) -> str:
    css = f"box {box.css}".strip()
    place = f'x="{number(x)}" y="{number(y)}" width="{number(BOX_WIDTH)}"'
    shape = f'<rect {place} height="{number(BOX_HEIGHT)}" rx="5" class="{css}"/>'
    tip = f"<title>{escape(f'{box.text} {box.note}'.strip())}</title>"
    words = label(x + 6, y + 14, cut(box.text), "label name")
    note = label(x + 6, y + 27, cut(box.note)) if box.note else ""
    drawn = f"<g>{tip}{shape}{words}{note}</g>"
    return f'<a href="{escape(box.href)}">{drawn}</a>' if box.href else drawn


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT / 2
    bend = (x1 + x2) / 2
    points = f"M{number(x1)} {number(y1)}C{number(bend)} {number(y1)} {number(bend)} {number(y2)} "
    return f'<path d="{points}{number(x2)} {number(y2)}" class="edge"/>'


def cut(text: str) -> str:
    """Return a text that fits into a box."""
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"
