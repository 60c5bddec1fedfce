"""Where an older file's bytes come again in a newer one: as shifts between offsets in the two.

A run of bytes that occurs once in the older file and anywhere in the newer one votes for its shift.
Each stretch of the newer file gets the shifts with most votes around it, and those of the whole
file, because weights that were all trained again have no run of bytes left to vote with.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Offsets = NDArray[np.int64]

RUN: Final = 8  # bytes that vote together
STRETCH: Final = 1024  # bytes of the newer file that share their shifts
OWN: Final = 12  # shifts by the votes of a stretch
NEAR: Final = 4  # by those of each stretch beside it
WHOLE: Final = 4  # by those of the whole file


def runs_of(data: bytes) -> Words:
    """Return each run of bytes as a number, by its offset."""
    if len(data) < RUN:
        return np.empty(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), RUN)
    return np.ascontiguousarray(windows).view(np.uint64)[:, 0]


def shifts_by_stretch(old: bytes, new: bytes) -> list[list[int]]:
    """Return, for each stretch of the newer file, the shifts that its bytes may have."""
    at, shifts = _votes(runs_of(old), runs_of(new))
    whole = [0, len(old) - len(new), *_most(shifts, WHOLE)]
    own = [_most(votes, OWN) for votes in _by_stretch(at, shifts, len(new))]
    return [
        list(dict.fromkeys([*own[number], *_beside(own, number), *whole]))
        for number in range(len(own))
    ]


def comes_again(data: bytes) -> NDArray[np.bool_]:
    """Tell of each byte whether it belongs to a run that came before in the same file."""
    words, found = runs_of(data), np.zeros(len(data) + 1, np.int32)
    if words.size:
        _, first, which = np.unique(words, return_index=True, return_inverse=True)
        again = np.flatnonzero(first[which] < np.arange(words.size))
        np.add.at(found, again, 1)
        np.add.at(found, again + RUN, -1)
    return np.cumsum(found[:-1]) > 0


def _votes(old: Words, new: Words) -> tuple[Offsets, Offsets]:
    """Return offsets in the newer file, and the shift that each votes for."""
    order = np.argsort(old, kind="stable")
    sorted_ = old[order]
    left = np.searchsorted(sorted_, new, "left")
    once = np.searchsorted(sorted_, new, "right") - left == 1
    at = np.flatnonzero(once)
    return at, order[left[once]] - at


def _by_stretch(at: Offsets, shifts: Offsets, length: int) -> Iterator[Offsets]:
    edges = np.searchsorted(at, np.arange(0, length + STRETCH, STRETCH))
    for begin, end in pairwise(edges):
        yield shifts[begin:end]


def _most(votes: Offsets, number: int) -> list[int]:
    shifts, counts = np.unique(votes, return_counts=True)
    return [int(shift) for shift in shifts[np.argsort(-counts, kind="stable")[:number]]]


def _beside(own: list[list[int]], number: int) -> Iterator[int]:
    for other in (number - 1, number + 1):
        if 0 <= other < len(own):
            yield from own[other][:NEAR]
