"""Which vectors prove the most: those that together reach what operators can be driven to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from builds.verify.coverage.marks import BOXES, MARKS, Bits, ModelOutput, outputs_of, reached
from builds.verify.plausible import Judgement, Looked

MARK_WORTH = 16  # where another value of an output is worth 1
_FIRST_TIE = MARKS.index("tie_negative")


@dataclass(frozen=True)
class Reached:
    """What one operator's output was driven to by the chosen vectors."""

    operator: int
    kind: str
    tensor: str
    values: float  # share of the values between its ends
    reached: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """What the chosen vectors cover, over all quantised outputs."""

    vectors: int  # of the proof's first ones, that were looked at
    tried: int  # how many inputs were tried to find them
    marks: float  # share of all marks that there are
    values: float  # share of all values between ends, the mean over outputs
    both_ends: int  # outputs that reached both
    operators: tuple[Reached, ...]


@dataclass(frozen=True)
class Chosen:
    """The chosen vectors, in order, and what they cover."""

    vectors: tuple[bytes, ...]
    coverage: Coverage


def choose(looked: Looked, judgement: Judgement, count: int) -> Chosen:
    """Choose at most `count` vectors; the first stays the first, of a stateful model all stay."""
    outputs = outputs_of(looked)
    marks, boxes = _tables(outputs, looked, judgement)
    picked = list(range(min(count, len(looked.vectors))))
    if not looked.stateful:
        picked = _greedy(_features(marks, boxes), _worth(marks, boxes), count)
    rows = tuple(
        _row(
            output,
            np.asarray(marks[picked, n].any(axis=0)),
            np.asarray(boxes[picked, n].any(axis=0)),
            _possible(output, judgement),
        )
        for n, output in enumerate(outputs)
    )
    return Chosen(
        tuple(looked.vectors[n] for n in picked), _coverage(rows, len(picked), looked.tried)
    )


def _tables(
    outputs: Sequence[ModelOutput], looked: Looked, judgement: Judgement
) -> tuple[Bits, Bits]:
    """Give marks and boxes, by vector and output."""
    count = len(looked.vectors)
    marks = np.zeros((count, len(outputs), len(MARKS)), bool)
    boxes = np.zeros((count, len(outputs), BOXES), bool)
    for vector in range(count):
        for number, output in enumerate(outputs):
            marks[vector, number], boxes[vector, number] = reached(
                output, looked, vector, judgement
            )
    return marks, boxes


def _features(marks: Bits, boxes: Bits) -> Bits:
    count = len(marks)
    return np.concatenate([marks.reshape(count, -1), boxes.reshape(count, -1)], axis=1)


def _worth(marks: Bits, boxes: Bits) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.concatenate([np.full(marks[0].size, float(MARK_WORTH)), np.ones(boxes[0].size)])


def _greedy(
    features: Bits, worth: np.ndarray[tuple[int], np.dtype[np.float64]], count: int
) -> list[int]:
    """Take the first, then always what adds most; the earlier where two add the same."""
    left, taken, seen = list(range(1, len(features))), [0], features[0].copy()
    while left and len(taken) < count:
        gains = [float(worth[features[n] & ~seen].sum()) for n in left]
        taken.append(left.pop(int(np.argmax(gains))))
        seen |= features[taken[-1]]
    return taken


def _possible(output: ModelOutput, judgement: Judgement) -> Bits:
    """Tell which marks there are: an operator that moves elements never rounds, so has no ties."""
    possible = output.possible
    exact = [worked[output.place] for worked in judgement.exact if output.place in worked]
    possible[_FIRST_TIE:] &= any(bool((values != np.floor(values)).any()) for values in exact)
    return possible


def _row(output: ModelOutput, marks: Bits, boxes: Bits, possible: Bits) -> Reached:
    named = list(zip(MARKS, marks, possible, strict=True))
    return Reached(
        operator=output.op.index,
        kind=output.op.kind,
        tensor=output.name,
        values=min(1.0, float(boxes.sum()) / output.values),
        reached=tuple(name for name, hit, there in named if there and hit),
        missed=tuple(name for name, hit, there in named if there and not hit),
    )


def _coverage(rows: tuple[Reached, ...], vectors: int, tried: int) -> Coverage:
    hit = sum(len(row.reached) for row in rows)
    there = hit + sum(len(row.missed) for row in rows)
    return Coverage(
        vectors=vectors,
        tried=tried,
        marks=hit / there if there else 1.0,
        values=sum(row.values for row in rows) / len(rows) if rows else 1.0,
        both_ends=sum({"low", "high"} <= set(row.reached) for row in rows),
        operators=rows,
    )
