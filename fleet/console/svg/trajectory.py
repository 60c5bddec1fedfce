"""An estimate over time with its intervals as bands, the margin it must keep, and each verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, line, picture, polygon, polyline, rect, told

WIDTH: Final = 360.0
HEIGHT: Final = 168.0
LEFT: Final = 44.0  # room for the scale
TOP: Final = 22.0  # room for what a point tells
FLOOR: Final = 132.0
MARKS: Final = 138.0  # where the verdicts stand
MARK: Final = 8.0
ROOM: Final = 3.0  # margins that the scale reaches to, unless an estimate is beyond
POINTS_MAX: Final = 60
SPAN_MIN: Final = 0.05  # where no harm at all is allowed
COLOURS: Final = {"pass": "good", "fail": "bad", "inconclusive": "warn"}


@dataclass(frozen=True, slots=True)
class Point:
    """One look: estimate, the interval of a fail, the narrower one of a pass, and a verdict."""

    at: datetime
    verdict: str
    tip: str
    estimate: float | None = None
    outer: tuple[float, float] | None = None
    inner: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Scale:
    first: float
    seconds: float
    low: float
    high: float

    def x(self, at: datetime) -> float:
        share = (at.timestamp() - self.first) / self.seconds if self.seconds else 1.0
        return LEFT + share * (WIDTH - LEFT - MARK) + MARK / 2

    def y(self, value: float) -> float:
        kept = min(max(value, self.low), self.high)
        return FLOOR - (kept - self.low) / (self.high - self.low) * (FLOOR - TOP)


def trajectory(title: str, points: Sequence[Point], *, margin: float, harm: int) -> SafeString:
    """Return the looks of one metric, the oldest first.

    `harm` is -1 where a fall harms, +1 for a rise, 0 for either: there the margin has two lines.
    """
    kept = _thinned(points)
    scale = _scale(kept, margin, harm)
    parts = [line(LEFT, scale.y(0), WIDTH, scale.y(0), "zero"), *_marks_of_scale(scale)]
    for run in _runs(kept):
        parts += [_band(run, scale, "outer", "band"), _band(run, scale, "inner", "band-inner")]
        parts.append(polyline([(scale.x(p.at), scale.y(p.estimate or 0.0)) for p in run], "trace"))
        last = run[-1]
        spot = scale.x(last.at) - 2, scale.y(last.estimate or 0.0) - 2
        parts.append(rect(*spot, 4, 4, "dot"))
    sides = {-1: (-margin,), 1: (margin,), 0: (-margin, margin)}[harm]
    for side in sides:
        parts.append(line(LEFT, scale.y(side), WIDTH, scale.y(side), "limit"))
    high = scale.y(sides[-1]) - 3
    parts.append(label(LEFT + 2, high, f"margin {margin:g}", "label limit-label"))
    return picture(WIDTH, HEIGHT, title, [*parts, *_verdicts(kept, scale)])


def _thinned(points: Sequence[Point]) -> list[Point]:
    stride = max(1, -(-len(points) // POINTS_MAX))
    last = len(points) - 1
    return [each for at, each in enumerate(points) if (last - at) % stride == 0]


def _scale(points: Sequence[Point], margin: float, harm: int) -> _Scale:
    times = [each.at.timestamp() for each in points]
    seen = [each.estimate for each in points if each.estimate is not None]
    far = max([1.25 * abs(each) for each in seen] + [ROOM * margin or SPAN_MIN])
    below = any(each < 0 for each in seen) or harm <= 0
    below = below or any(each.outer[0] < 0 for each in points if each.outer)
    first = min(times, default=0.0)
    return _Scale(first, max(times, default=0.0) - first, -far if below else 0.0, far)


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Yield stretches without a look that estimated nothing."""
    run: list[Point] = []
    for each in points:
        if each.estimate is not None:
            run.append(each)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _band(run: Sequence[Point], scale: _Scale, which: str, css: str) -> str:
    ends = [(each.at, getattr(each, which)) for each in run if getattr(each, which)]
    wide = [(scale.x(at), scale.y(low), scale.y(high)) for at, (low, high) in ends]
    if len(wide) == 1:  # a band needs a width to be seen
        x, low, high = wide[0]
        wide = [(x - MARK / 2, low, high), (x + MARK / 2, low, high)]
    upper = [(x, high) for x, _, high in wide]
    return polygon([*upper, *((x, low) for x, low, _ in reversed(wide))], css) if wide else ""


def _marks_of_scale(scale: _Scale) -> list[str]:
    values = {scale.low, 0.0, scale.high}
    return [label(0, scale.y(each) + 3, f"{each:.2g}") for each in sorted(values)]


def _verdicts(points: Sequence[Point], scale: _Scale) -> Iterator[str]:
    """Draw each verdict; changes and the last can be reached by keyboard."""
    before = ""
    for each in points:
        x = scale.x(each.at)
        yield rect(x - MARK / 2, MARKS, MARK, MARK, COLOURS.get(each.verdict, "warn"))
        stop = each.verdict != before or each is points[-1]
        column = x - MARK / 2, TOP - 8, MARK, MARKS + MARK - TOP + 8
        yield told(column, each.tip, (0, 10), stop=stop)
        before = each.verdict
    if points:
        yield label(LEFT, HEIGHT - 6, f"{points[0].at:%d %b %H:%M}")
        yield label(WIDTH, HEIGHT - 6, f"{points[-1].at:%d %b %H:%M}", anchor="end")
