"""Which sequence numbers arrived, as ascending ranges. Pure.

Guarantees: a number is fresh exactly once; the row never grows beyond `RANGES_MAX` ranges: then
the oldest gap is given up, and its windows count as seen.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

Ranges: TypeAlias = list[list[int]]
RANGES_MAX: Final = 256  # gaps a boot; a device that loses more loses the right to fill the oldest


def add(ranges: Sequence[Sequence[int]], seq: int) -> tuple[Ranges, bool]:
    """Return the ranges with `seq` among them, and whether it was not there before."""
    if any(first <= seq <= last for first, last in ranges):
        return [list(each) for each in ranges], False
    joined = _join(sorted([*([first, last] for first, last in ranges), [seq, seq]]))
    return _bounded(joined), True


def missing(ranges: Sequence[Sequence[int]]) -> int:
    """Return how many windows are lost or on their way, counted from the first that could be."""
    if not ranges:
        return 0
    have = sum(last - first + 1 for first, last in ranges)
    return max(last for _, last in ranges) - min(first for first, _ in ranges) + 1 - have


def _join(ranges: Iterable[list[int]]) -> Ranges:
    result: Ranges = []
    for first, last in ranges:
        if result and first <= result[-1][1] + 1:
            result[-1][1] = max(result[-1][1], last)
        else:
            result.append([first, last])
    return result


def _bounded(ranges: Ranges) -> Ranges:
    excess = len(ranges) - RANGES_MAX
    if excess <= 0:
        return ranges
    return [[ranges[0][0], ranges[excess][1]], *ranges[excess + 1 :]]
