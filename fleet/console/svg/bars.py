"""Two distributions side by side: what the reference says, and what the devices report."""

from collections.abc import Sequence
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, line, picture, rect

WIDTH: Final = 480.0
HEIGHT: Final = 150.0
FLOOR: Final = 128.0  # where bars stand; labels go below
TOP: Final = 8.0
GAP: Final = 0.25  # of a bin's width
GLYPH: Final = 8.0  # width of a character of a label, about, as phones show it


def shares(counts: Sequence[int]) -> list[float]:
    """Return each count's part of the whole; zeros where there is nothing."""
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def paired_bars(
    title: str, names: Sequence[str], reference: Sequence[int], live: Sequence[int]
) -> SafeString:
    """Return both distributions of counts, each scaled to its own sum, over the same bins."""
    return share_bars(title, names, shares(reference), shares(live))


def share_bars(
    title: str,
    names: Sequence[str],
    reference: Sequence[float],
    live: Sequence[float],
    before: Sequence[float] = (),
) -> SafeString:
    """Return two distributions of shares over the same bins, and a third one as strokes.

    Raises ValueError when the lengths differ.
    """
    step = WIDTH / max(1, len(names))
    highest = max([*reference, *live, *before, 1e-9])
    bar = step * (1 - GAP) / 2
    parts = [line(0, FLOOR, WIDTH, FLOOR, "axis")]
    every = label_step(names, step)
    for index, (name, expected, found) in enumerate(zip(names, reference, live, strict=True)):
        left = index * step + step * GAP / 2
        for offset, share, css in ((0.0, expected, "ref"), (bar, found, "live")):
            tall = share / highest * (FLOOR - TOP)
            tip = f"{name}: {'reference' if css == 'ref' else 'live'} {share:.1%}"
            parts.append(rect(left + offset, FLOOR - tall, bar, tall, css, tip))
        if before:
            height = FLOOR - before[index] / highest * (FLOOR - TOP)
            parts.append(line(left, height, left + 2 * bar, height, "before"))
        if index % every == 0:
            parts.append(label(left + bar, FLOOR + 16, name, anchor="middle"))
    return picture(WIDTH, HEIGHT, title, parts)


def label_step(names: Sequence[str], step: float) -> int:
    """Return how many bins one label stands for, so that neighbours never overlap."""
    widest = max((len(name) for name in names), default=0) * GLYPH + GLYPH
    return max(1, -int(-widest // step))


def stacked(title: str, pieces: Sequence[tuple[str, int, str]]) -> SafeString:
    """Return one bar cut into `(name, count, css)` pieces: how far a wave is, at a glance."""
    total = sum(count for _, count, _ in pieces)
    parts, left = [rect(0, 0, WIDTH, 14, "empty")], 0.0
    for name, count, css in pieces:
        wide = WIDTH * count / total if total else 0.0
        parts.append(rect(left, 0, wide, 14, css, f"{name}: {count}"))
        left += wide
    return picture(WIDTH, 14, title, parts, stretch=True)
