"""A delta's bytes: the runs of an alignment in detools' sequential form, compressed by LZMA.

Weights and code want other settings of the compression: each is tried, and the shortest is kept.
"""

import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from device_agent.protocol.delta.sequential import HEAD, WINDOW_BYTES, dump_number
from ota.releases.deltas.align import ALONE, AlignedRun, align

# How many high bits of the byte before, and low bits of the position, a byte is predicted from.
SETTINGS: Final = tuple(product((0, 3), (0, 2)))
WINDOW_LEAST: Final = 4096  # what the compression asks for


@dataclass(frozen=True, slots=True)
class _Round:
    """Bytes as sums from an offset of the base on, then bytes alone."""

    start: int
    summed: int
    alone: int
    base: int


def make_delta(old: bytes, new: bytes) -> bytes:
    """Return what makes the newer file of the older one; of an empty one, what makes it alone."""
    runs = align(old, new) if old else [AlignedRun(0, len(new), ALONE)] if new else []
    plain = b"".join(_plain(old, new, runs))
    return HEAD + dump_number(len(new)) + min(_packed(plain), key=len)


def _packed(plain: bytes) -> Iterator[bytes]:
    window = min(WINDOW_BYTES, max(WINDOW_LEAST, 1 << len(plain).bit_length()))
    for before, position in SETTINGS:
        how = {
            "id": lzma.FILTER_LZMA1,
            "preset": 9 | lzma.PRESET_EXTREME,
            "dict_size": window,
            "lc": before,
            "lp": 0,
            "pb": position,
        }
        yield lzma.compress(plain, lzma.FORMAT_ALONE, filters=[how])


def _plain(old: bytes, new: bytes, runs: Sequence[AlignedRun]) -> Iterator[bytes]:
    yield dump_number(0)  # no transformation of either file
    rounds = _from_the_first_byte(list(_rounds(runs)))
    for number, each in enumerate(rounds):
        middle = each.start + each.summed
        yield dump_number(each.summed)
        yield _differences(old, new, each)
        yield dump_number(each.alone)
        yield new[middle : middle + each.alone]
        follows = rounds[number + 1].base if number + 1 < len(rounds) else each.base + each.summed
        yield dump_number(follows - each.base - each.summed)


def _from_the_first_byte(rounds: list[_Round]) -> list[_Round]:
    """The form begins at the base's first byte: to begin elsewhere, one byte comes alone."""
    first = rounds[0] if rounds else None
    if first is None or not first.summed or not first.base:
        return rounds
    if first.summed == 1:
        return [_Round(first.start, 0, 1 + first.alone, 0), *rounds[1:]]
    rest = _Round(first.start + 1, first.summed - 1, first.alone, first.base + 1)
    return [_Round(first.start, 0, 1, 0), rest, *rounds[1:]]


def _differences(old: bytes, new: bytes, each: _Round) -> bytes:
    known = np.frombuffer(old, np.uint8, each.summed, each.base)
    fresh = np.frombuffer(new, np.uint8, each.summed, each.start)
    return (fresh - known).tobytes()


def _rounds(runs: Sequence[AlignedRun]) -> Iterator[_Round]:
    """Join each run of sums with the bytes alone behind it."""
    base, at = 0, 0
    while at < len(runs):
        run = runs[at]
        summed = run.end - run.start if run.shift is not ALONE else 0
        base = run.start + run.shift if run.shift is not ALONE else base
        at += summed > 0
        behind = runs[at] if at < len(runs) and runs[at].shift is ALONE else None
        alone = behind.end - behind.start if behind else 0
        at += behind is not None
        yield _Round(run.start, summed, alone, base)
        base += summed
