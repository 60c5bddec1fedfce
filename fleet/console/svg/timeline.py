"""Findings on one axis of time: how long each lasted, and when it was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, line, picture, rect

WIDTH: Final = 960.0
LEFT: Final = 170.0  # room for names
ROW: Final = 22.0
BAR: Final = 12.0
MARK: Final = 5.0
LEAST: Final = 3.0  # width of a short finding
NAME_MAX: Final = 26  # characters that fit left of the axis
TICKS_MAX: Final = 6


@dataclass(frozen=True)
class FoundSpan:
    """One finding: `told` is when a person would have heard of it, None is never."""

    name: str
    begins: datetime
    ends: datetime | None
    told: datetime | None
    css: str
    tip: str


def timeline(
    title: str, begins: datetime, ends: datetime, spans: Sequence[FoundSpan]
) -> SafeString:
    """Return a row a finding, from `begins` to `ends`; a mark is when it was told."""
    whole = max(ends - begins, timedelta(hours=1))
    floor = len(spans) * ROW + 4

    def place(at: datetime) -> float:
        share = min(max((at - begins) / whole, 0.0), 1.0)
        return LEFT + share * (WIDTH - LEFT)

    parts = [line(LEFT, floor, WIDTH, floor, "axis")]
    for number, day in enumerate(_ticks(begins, whole)):
        parts.append(line(place(day), 0, place(day), floor, "axis"))
        anchor = "start" if number == 0 else "middle"
        parts.append(label(place(day), floor + 14, f"{day:%b %d}", anchor=anchor))
    for index, each in enumerate(spans):
        top = index * ROW + (ROW - BAR) / 2
        name = each.name if len(each.name) <= NAME_MAX else f"{each.name[: NAME_MAX - 1]}…"
        parts.append(label(0, top + BAR * 0.8, name))
        x = place(each.begins)
        width = max(place(each.ends or ends) - x, LEAST)
        parts.append(rect(x, top, width, BAR, each.css if each.told else "empty", each.tip))
        if each.told is not None:
            at = place(each.told)
            parts.append(rect(at, top - 3, MARK, BAR + 6, "dot", f"told {each.told:%b %d %H:%M}"))
    return picture(WIDTH, floor + 20, title, parts)


def _ticks(begins: datetime, whole: timedelta) -> list[datetime]:
    step = max(whole / TICKS_MAX, timedelta(days=1))
    count = int(whole / step) + 1
    return [begins + number * step for number in range(count) if number * step < whole]
