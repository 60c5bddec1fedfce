"""Lanes over time: a bar for each step that has something, a gap where nothing came, and marks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, line, picture, rect, told

WIDTH: Final = 960.0
LEFT: Final = 90.0  # room for the lanes' names
BAR: Final = 40.0  # height of the lane of bars
LANE: Final = 20.0
TOP: Final = 18.0  # room for what a step tells
SIZE: Final = 9.0  # of a mark
GAP: Final = 0.15  # of a step's width


def lanes(
    title: str,
    ends: tuple[str, str],
    steps: Sequence[tuple[int | None, str]],
    rows: Mapping[str, Sequence[tuple[float, str, str]]],
) -> SafeString:
    """Return one lane of bars and others of marks.

    `steps` are (count, tip), None where nothing came; each row has (step, tip, css) of its marks.
    """
    wide = (WIDTH - LEFT) / max(1, len(steps))
    floor = TOP + BAR
    parts = [label(0, TOP + BAR * 0.6, "windows"), line(LEFT, floor, WIDTH, floor, "axis")]
    parts += _bars(steps, wide)
    for name, marks in rows.items():
        parts.append(label(0, floor + LANE * 0.7, name))
        parts.append(line(LEFT, floor + LANE, WIDTH, floor + LANE, "axis"))
        parts += _marks(marks, wide, floor)
        floor += LANE
    parts += [label(LEFT, floor + 14, ends[0]), label(WIDTH, floor + 14, ends[1], anchor="end")]
    return picture(WIDTH, floor + 18, title, parts)


def _bars(steps: Sequence[tuple[int | None, str]], wide: float) -> Iterator[str]:
    most = max([count or 0 for count, _ in steps] + [1])
    for at, (count, tip) in enumerate(steps):
        x, width = LEFT + at * wide, wide * (1 - GAP)
        tall = BAR if count is None else max(2.0, count / most * BAR)
        yield rect(x, TOP + BAR - tall, width, tall, "gap" if count is None else "live")
        yield told((x, TOP, wide, BAR), tip, (0, 10), stop=False)


def _marks(marks: Sequence[tuple[float, str, str]], wide: float, top: float) -> Iterator[str]:
    for step, tip, css in marks:
        x = LEFT + step * wide - SIZE / 2
        yield rect(x, top + (LANE - SIZE) / 2, SIZE, SIZE, css)
        yield told((x, top, SIZE, LANE), tip, (0, 10), stop=True)
