"""A value over time, with the line that it should stay below."""

from collections.abc import Sequence
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, line, picture, polyline, rect

WIDTH: Final = 480.0
HEIGHT: Final = 120.0
LEFT: Final = 34.0  # room for the scale
FLOOR: Final = 100.0
TOP: Final = 8.0


def curve(
    title: str,
    points: Sequence[tuple[str, float]],
    *,
    limit: float | None = None,
    onset: int | None = None,
) -> SafeString:
    """Return `(time label, value)` points as a line; `limit` is drawn dashed and named.

    `onset` is the point from which on something is wrong.
    """
    values = [value for _, value in points]
    highest = max([*values, (limit or 0.0) * 1.2, 1e-9])
    step = (WIDTH - LEFT) / max(1, len(points) - 1)

    def place(index: int, value: float) -> tuple[float, float]:
        return LEFT + index * step, FLOOR - max(0.0, value) / highest * (FLOOR - TOP)

    parts = [line(LEFT, FLOOR, WIDTH, FLOOR, "axis"), label(0, TOP + 6, f"{highest:.2f}")]
    parts.append(label(0, FLOOR, "0"))
    if limit is not None:
        height = place(0, limit)[1]
        parts.append(line(LEFT, height, WIDTH, height, "limit"))
        parts.append(label(WIDTH, height - 3, f"limit {limit:g}", "label limit-label", "end"))
    if onset is not None:
        x = place(onset, 0)[0]
        parts += [
            line(x, TOP, x, FLOOR, "onset"),
            label(x + 3, TOP + 6, "first seen", "label onset-label"),
        ]
    dots = [place(index, value) for index, value in enumerate(values)]
    parts.append(polyline(dots, "trace"))
    for (x, y), (name, value) in zip(dots, points, strict=True):
        parts.append(rect(x - 2, y - 2, 4, 4, "dot", f"{name}: {value:.3f}"))
    if points:
        parts.append(label(LEFT, FLOOR + 14, points[0][0]))
        parts.append(label(WIDTH, FLOOR + 14, points[-1][0], anchor="end"))
    return picture(WIDTH, HEIGHT, title, parts)
