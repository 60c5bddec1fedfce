"""The picture of what a fleet can see in a day: a bar for each size of fleet and rate, in three
panels; made of the same arithmetic that judges.
"""

from collections.abc import Callable, Iterator
from math import log10
from typing import Final

from fleet.console.svg.canvas import label, line, number, rect
from fleet.telemetry.judgement.power.exposure import MILD
from fleet.telemetry.judgement.power.fleets import Day, in_a_day

DEVICES: Final = (10, 100, 1000)
# Inferences an hour, and how many of them count as one: single ones do not depend on each other.
RATES: Final = ((60.0, MILD), (1.0, 1.0))
# Lengths in units of the picture.
LEFT: Final = 120
WIDTH: Final = 300  # of a whole scale
BAR: Final = 16
GAP: Final = 6
PANEL: Final = 46 + len(DEVICES) * len(RATES) * (BAR + GAP)
STYLE: Final = (
    "<style>.many{fill:#3b6ea8}.few{fill:#9dbde0}.grid{stroke:#d5dbe5}"
    "text{fill:#1d2433;font-size:11.5px}.title{font-weight:650;font-size:13px}"
    ".small{fill:#56617a;font-size:10.5px}</style>"
)
# Title, unit, the scale's ends in that unit, what is read of a day.
PANELS: Final[tuple[tuple[str, str, float, float, Callable[[Day], float | None]], ...]] = (
    ("One device", "sd", 0.01, 10.0, lambda day: day.device),
    ("A lot, a tenth of the fleet", "sd", 0.01, 10.0, lambda day: day.lot),
    (
        "A release on a tenth of the fleet",
        "points of accuracy",
        0.1,
        100.0,
        lambda day: None if day.rollout is None else 100 * day.rollout,
    ),
)


def picture() -> str:
    """Return the picture as an SVG document."""
    days = [in_a_day(n, rate, depend) for rate, depend in RATES for n in DEVICES]
    parts = [each for at in range(len(PANELS)) for each in _panel(at, days)]
    width, height = LEFT + WIDTH + 90, len(PANELS) * (PANEL + 10)
    title = "The smallest change that a fleet sees within a day; a shorter bar sees more"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' font-family="system-ui, sans-serif"><title>{title}</title>{STYLE}'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "</svg>\n"
    )


def _panel(at: int, days: list[Day]) -> Iterator[str]:
    title, unit, low, high, read = PANELS[at]
    top = at * (PANEL + 10)
    yield label(10, top + 18, title, "title")
    yield label(LEFT + WIDTH, top + 18, unit, "small", "end")
    for power in range(round(log10(low)), round(log10(high)) + 1):
        x = LEFT + _length(10.0**power, low, high)
        yield line(x, top + 36, x, top + PANEL - 4, "grid")
        yield label(x, top + 32, f"{10.0**power:g}", "small", "middle")
    for row, day in enumerate(days):
        y = top + 40 + row * (BAR + GAP)
        yield label(LEFT - 8, y + 12, f"{day.devices:,} at {day.rate:g} an hour", "small", "end")
        value = read(day)
        if value is None:
            yield label(LEFT + 4, y + 12, "nothing", "small")
            continue
        length = _length(value, low, high)
        yield rect(LEFT, y, length, BAR, "many" if day.rate > 1 else "few")
        yield label(LEFT + length + 5, y + 12, _said(value), "small")


def _length(value: float, low: float, high: float) -> float:
    """Return how long a bar is: logarithms between the ends of the scale."""
    part = (log10(value) - log10(low)) / (log10(high) - log10(low))
    return float(number(WIDTH * min(max(part, 0.0), 1.0)))


def _said(value: float) -> str:
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"
