"""Which bytes of a newer file are written as sums with bytes of the older one, and which alone.

The cheapest way through the newer file, block by block, where each block costs what its bytes would
cost after compression: as differences under one of its shifts, or as they are. It is found twice:
at first with prices of experience, then with those that the first way tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ota.releases.deltas.anchors import STRETCH, comes_again, shifts_by_stretch

Bytes = NDArray[np.uint8]
Prices = NDArray[np.float32]  # in bits

BLOCK: Final = 8  # bytes that have one shift; where it changes is found to the byte
CHANGE: Final = 24.0  # bits for another shift
LEAVE: Final = 10.0  # bits for bytes alone
NEVER: Final = 1e6  # bits, for what does not lie in the older file
REPEATED: Final = 0.6  # bits of a byte that the compression finds before it
LEAST: Final = 0.02  # bits of the most frequent difference
NARROW: Final = 16  # differences up to here are small ones
ALONE: Final = None


@dataclass(frozen=True, slots=True)
class AlignedRun:
    """Bytes of the newer file from `start` to `end`, with one shift, or alone."""

    start: int
    end: int
    shift: int | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both files, and what their bytes cost."""

    old: Bytes
    new: Bytes
    sums: Prices  # of each difference
    alone: Prices  # of each byte of the newer file

    def prices(self, shift: int | None, start: int, end: int) -> Prices:
        """Return what each byte costs between two offsets."""
        if shift is ALONE:
            return self.alone[start:end]
        found = np.full(end - start, NEVER, np.float32)
        low, high = max(start, -shift), min(end, len(self.old) - shift)
        if low < high:
            changes = self.new[low:high] - self.old[low + shift : high + shift]
            found[low - start : high - start] = self.sums[changes]
        return found


def align(old: bytes, new: bytes) -> list[AlignedRun]:
    """Return the runs that the newer file is made of, in order."""
    if not new:
        return []
    shifts = shifts_by_stretch(old, new)
    before, after = np.frombuffer(old, np.uint8), np.frombuffer(new, np.uint8)
    pair = _Pair(before, after, _sums_at_first(), _alone(after, comes_again(new)))
    first = _way(pair, shifts)
    learnt = _Pair(before, after, _sums_of(pair, first), pair.alone)
    return _sharpened(learnt, _way(learnt, shifts))


def _sums_at_first() -> Prices:
    """A difference of zero is usual, and a small one rarer the larger it is."""
    size = np.minimum(np.arange(256), 256 - np.arange(256))
    found = np.where(size <= NARROW, 2.5 + np.log2(1 + size), 8.5)
    found[0] = 0.4
    return found.astype(np.float32)


def _alone(new: Bytes, again: NDArray[np.bool_]) -> Prices:
    counts = np.bincount(new, minlength=256)
    bits = -np.log2((counts + 1) / (len(new) + 256))
    return np.where(again, REPEATED, bits[new]).astype(np.float32)


def _sums_of(pair: _Pair, runs: Sequence[AlignedRun]) -> Prices:
    counts = np.ones(256)
    for run in runs:
        if run.shift is not ALONE:
            known = pair.old[run.start + run.shift : run.end + run.shift]
            counts += np.bincount(pair.new[run.start : run.end] - known, minlength=256)
    bits: Prices = np.maximum(-np.log2(counts / counts.sum()), LEAST).astype(np.float32)
    return bits


def _way(pair: _Pair, shifts: Sequence[Sequence[int]]) -> list[AlignedRun]:
    """Return the cheapest way: forwards with each state's price, backwards along the best."""
    states: list[list[int | None]] = [[ALONE, *each] for each in shifts]
    steps: list[tuple[int, NDArray[np.intp]]] = []  # of each block: its stretch, whence each came
    price: NDArray[np.float64] = np.zeros(1)
    known: list[int | None] = [ALONE]
    for number, here in enumerate(states):
        places = {shift: at for at, shift in enumerate(known)}
        came = np.array([places.get(shift, -1) for shift in here])
        table = _blocks(pair, here, number * STRETCH)
        entry = np.array([LEAVE if shift is ALONE else CHANGE for shift in here])
        for column in table.T:
            best = int(np.argmin(price))
            change = price[best] + entry
            stay = np.where(came >= 0, price[came], np.inf)
            source = np.where(stay <= change, came, best)
            price = np.minimum(stay, change) + column
            steps.append((number, source))
            came = np.arange(len(here))
        known = here
    return _merged(_back(states, steps, int(np.argmin(price))), len(pair.new))


def _blocks(pair: _Pair, states: Sequence[int | None], start: int) -> NDArray[np.float64]:
    """Return what each block of a stretch costs in each state."""
    end = min(start + STRETCH, len(pair.new))
    edges = np.arange(0, end - start, BLOCK)
    rows = [np.add.reduceat(pair.prices(shift, start, end), edges) for shift in states]
    return np.array(rows, np.float64)


def _back(
    states: Sequence[Sequence[int | None]],
    steps: Sequence[tuple[int, NDArray[np.intp]]],
    last: int,
) -> list[int | None]:
    found, at = [], last
    for number, source in reversed(steps):
        found.append(states[number][at])
        at = int(source[at])
    return found[::-1]


def _merged(blocks: Sequence[int | None], length: int) -> list[AlignedRun]:
    changes = [at for at, (one, other) in enumerate(pairwise(blocks), 1) if one != other]
    edges = [0, *changes, len(blocks)]
    return [
        AlignedRun(begin * BLOCK, min(end * BLOCK, length), blocks[begin])
        for begin, end in pairwise(edges)
    ]


def _sharpened(pair: _Pair, runs: Sequence[AlignedRun]) -> list[AlignedRun]:
    """Move each border to the byte where it is cheapest."""
    found, start = [], 0
    for one, other in pairwise(runs):
        border = _border(pair, one, other, start)
        found.append(AlignedRun(start, border, one.shift))
        start = border
    return [*found, AlignedRun(start, len(pair.new), runs[-1].shift)]


def _border(pair: _Pair, one: AlignedRun, other: AlignedRun, start: int) -> int:
    low, high = max(start + 1, one.end - BLOCK), min(other.end - 1, one.end + BLOCK)
    before = np.cumsum(pair.prices(one.shift, low, high))
    after = np.cumsum(pair.prices(other.shift, low, high)[::-1])[::-1]
    both = np.concatenate([[0], before]) + np.concatenate([after, [0]])
    return low + int(np.argmin(both))
