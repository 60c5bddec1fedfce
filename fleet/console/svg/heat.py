"""A table of values as colours: a row a distribution, a column a time; what moved when."""

from collections.abc import Sequence
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, picture, rect

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
) -> SafeString:
    """Return a cell a value: quiet below half the warning, then ever warmer; None is empty."""
    step = (WIDTH - LEFT) / max(1, len(times))
    parts: list[str] = []
    for index, (name, values) in enumerate(rows):
        top = index * ROW
        short = name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 1]}…"
        parts.append(label(0, top + ROW * 0.7, short))
        for column, (time, value) in enumerate(zip(times, values, strict=True)):
            tip = f"{name} at {time}: {'no data' if value is None else f'PSI {value:.3f}'}"
            css = shade(value, warning, critical)
            x = LEFT + column * step
            parts.append(rect(x, top, max(1.0, step - GAP), ROW - GAP, css, tip))
    floor = len(rows) * ROW
    if times:
        parts.append(label(LEFT, floor + 14, times[0]))
        parts.append(label(WIDTH, floor + 14, times[-1], anchor="end"))
    return picture(WIDTH, floor + 18, title, parts)


def shade(value: float | None, warning: float, critical: float) -> str:
    """Return the CSS class of a value's colour, from `heat-0` to `heat-4`."""
    if value is None:
        return "heat-none"
    bounds = (warning / 2, warning, critical, 4 * critical)
    return f"heat-{sum(value >= bound for bound in bounds)}"
