"""The few SVG elements that all pictures are made of."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString


def number(value: float) -> str:
    """Return a coordinate with at most two decimals and no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def rect(x: float, y: float, width: float, height: float, css: str, tip: str = "") -> str:
    """Return a rectangle; `tip` shows on hovering and is read aloud."""
    title = f"<title>{escape(tip)}</title>" if tip else ""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect {place} class="{css}">{title}</rect>'


def label(x: float, y: float, text: str, css: str = "label", anchor: str = "start") -> str:
    """Return a piece of text."""
    place = f'x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"'
    return f'<text {place} class="{css}">{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """Return a straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f'<line {ends} class="{css}"/>'


def polyline(points: Iterable[tuple[float, float]], css: str) -> str:
    """Return connected lines through `points`."""
    text = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polyline points="{text}" class="{css}"/>'


def polygon(points: Iterable[tuple[float, float]], css: str) -> str:
    """Return a filled shape."""
    text = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polygon points="{text}" class="{css}"/>'


def told(
    place: tuple[float, float, float, float], tip: str, at: tuple[float, float], *, stop: bool
) -> str:
    """Return a place (x, y, width, height) whose text shows at `at` under a pointer.

    With `stop` it can be reached by keyboard, and then it shows its text as well.
    """
    x, y, width, height = map(number, place)
    named = f' tabindex="0" role="img" aria-label="{escape(tip)}"' if stop else ""
    return (
        f'<g class="told"{named}><rect x="{x}" y="{y}" width="{width}" height="{height}"/>'
        f'<text x="{number(at[0])}" y="{number(at[1])}">{escape(tip)}</text></g>'
    )


def picture(
    width: float, height: float, title: str, parts: Iterable[str], *, stretch: bool = False
) -> SafeString:
    """Return the whole picture, which scales to the width of its place.

    `stretch` keeps its height whatever the width: for bars without text.
    """
    body = "".join(parts)
    box = f'viewBox="0 0 {number(width)} {number(height)}"'
    css = 'class="ef-svg flat" preserveAspectRatio="none"' if stretch else 'class="ef-svg"'
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" {css}>'
        f"<title>{escape(title)}</title>{body}</svg>"
    )
