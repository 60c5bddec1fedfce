"""A table of values as colours: a row a distribution, a column a time; what moved when."""

from collections.abc import Sequence
from html import escape
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, line, picture, rect

WIDTH: Final = 960.0
LEFT: Final = 110.0  # room for names
ROW: Final = 20.0
GAP: Final = 1.5
NAME_MAX: Final = 18  # characters that fit left of the cells


def heat_map(
    title: str,
    times: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float | None]]],
    *,
    warning: float,
    critical: float,
    samples: Sequence[int] = (),
    onset: int | None = None,
    links: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> SafeString:
    """Return a cell a value: quiet below half the warning, then ever warmer; None is empty.

    `samples` stand behind each time's cells; `onset` is the column from which on something is
    wrong; `links` lead from each row's name to what shows it, and `columns` from the cells to what
    shows their time.
    """
    step = (WIDTH - LEFT) / max(1, len(times))
    parts: list[str] = []
    for index, (name, values) in enumerate(rows):
        top = index * ROW
        short = name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 1]}…"
        named = label(0, top + ROW * 0.7, short)
        parts.append(f'<a href="{escape(links[index])}">{named}</a>' if links else named)
        for column, (time, value) in enumerate(zip(times, values, strict=True)):
            behind = f", {samples[column]:,} inferences" if samples else ""
            tip = f"{name} at {time}: {'no data' if value is None else f'PSI {value:.3f}'}{behind}"
            css = shade(value, warning, critical)
            x = LEFT + column * step
            cell = rect(x, top, max(1.0, step - GAP), ROW - GAP, css, tip)
            parts.append(_cell(cell, columns[column] if columns else "", links[index : index + 1]))
    floor = len(rows) * ROW
    if samples:
        parts += _samples(samples, floor, step)
        floor += ROW
    if onset is not None:
        x = LEFT + onset * step - GAP / 2
        parts += [
            line(x, 0, x, floor, "onset"),
            label(x, floor + 14, "first seen", "label onset-label"),
        ]
    if times:
        parts.append(label(LEFT, floor + 14, times[0]))
        parts.append(label(WIDTH, floor + 14, times[-1], anchor="end"))
    return picture(WIDTH, floor + 18, title, parts)


def _cell(cell: str, column: str, row: Sequence[str]) -> str:
    """Return a cell that leads to its bars; by keyboard, names and a form lead there."""
    place = "#" + row[0].partition("#")[2] if row else ""
    return f'<a href="{escape(column + place)}" tabindex="-1">{cell}</a>' if column else cell


def _samples(samples: Sequence[int], top: float, step: float) -> list[str]:
    """Return how many inferences stand behind each column, the most as high as a row."""
    most = max([*samples, 1])
    parts = [label(0, top + ROW * 0.7, "inferences")]
    for column, count in enumerate(samples):
        tall = count / most * (ROW - GAP)
        x = LEFT + column * step
        wide = max(1.0, step - GAP)
        parts.append(rect(x, top + ROW - GAP - tall, wide, tall, "ref", f"{count:,} inferences"))
    return parts


def shade(value: float | None, warning: float, critical: float) -> str:
    """Return the CSS class of a value's colour, from `heat-0` to `heat-4`."""
    if value is None:
        return "heat-none"
    bounds = (warning / 2, warning, critical, 4 * critical)
    return f"heat-{sum(value >= bound for bound in bounds)}"
