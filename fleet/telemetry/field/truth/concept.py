"""Concept drift from labels: is the model right less often than its confidence promises? Pure.

A sequential test of the null "of the predictions of a step, at least the expected share less the
tolerance is right". Each device's likelihood ratio against a worse share is a value whose mean
under the null is at most one (an e-value); `DEPENDENT` correlated inferences count for one, which
keeps that so for any dependence within them (Hölder). Their running sums restart at every step
(Shiryaev and Roberts; e-detectors of Shin, Ramdas and Rinaldo 2022), so the mean time to a false
alarm is at least `RUN_LENGTH` labelled steps, whenever it is looked at.

Of the devices of a step, a tenth, those that speak loudest for the alarm, are left out where there
are enough of them: one liar among ten opens nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, log
from typing import Final

import numpy as np

from fleet.telemetry.judgement.layout import Reals

RUN_LENGTH: Final = 10_000.0  # labelled steps to a false alarm, at least, in the mean
TOLERANCE: Final = 0.03  # of accuracy: what calibration and shifted inputs may cost
EXCESSES: Final = (0.02, 0.05, 0.1, 0.2, 0.4)  # beyond the tolerance, that are looked for
DEPENDENT: Final = 4.0  # correlated inferences that count for one
BOUNDED_FROM: Final = 5  # labelled devices from which one that lies can be left out
LIARS: Final = 0.1  # share of a step's devices that is left out
LOUDEST: Final = 3.0  # medians of a step's devices that one of them counts for at most
OVER: Final = 100.0  # labelled steps to an end that comes too early, at least, in the mean
SHARE_MIN: Final = 0.001  # of right predictions, so that logarithms stay finite


class Meaning(StrEnum):
    """What the labels say."""

    QUIET = "quiet"
    FOUND = "found"


@dataclass(frozen=True)
class Labelled:
    """One step: labelled, right and expected right inferences, each (devices)."""

    count: Reals
    correct: Reals
    expected: Reals


@dataclass(frozen=True)
class Concept:
    """The state after the last step, and the step with which it began; `evidence` and `needed`
    are natural logarithms.
    """

    state: Meaning
    since: int
    evidence: float
    needed: float
    bounded: bool  # whether one device that lies was left out of the last step


def judge(steps: Sequence[Labelled], tolerance: float = TOLERANCE) -> Concept:
    """Return what all steps say, in the order of time."""
    watch = _Watch(tolerance)
    for at, step in enumerate(steps):
        watch.step(at, step)
    return watch.concept


class _Watch:
    """Evidence that it begins, then evidence that it is over, and so on."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.concept = Concept(Meaning.QUIET, 0, 0.0, log(RUN_LENGTH), bounded=False)
        self._running = np.full(len(EXCESSES), -np.inf)
        self._seen: list[Reals] = []

    def step(self, at: int, step: Labelled) -> None:
        """Take one step; `at` is its number."""
        before = self.concept
        quiet = before.state is Meaning.QUIET
        found, bounded = _evidence(step, self.tolerance, worse=quiet)
        self._running = np.logaddexp(self._running, 0.0) + found
        self._seen.append(found)
        evidence = max(_mixed(self._running), 0.0)
        if quiet and evidence >= before.needed:
            since = at + 1 - len(self._seen) + self._onset()
            self.concept = Concept(Meaning.FOUND, since, evidence, before.needed, bounded)
            self._restart()
        elif not quiet and evidence >= log(OVER):
            self.concept = Concept(Meaning.QUIET, at, 0.0, before.needed, bounded)
            self._restart()
        elif quiet:
            self.concept = replace(before, evidence=evidence, bounded=bounded)
        else:
            self.concept = replace(before, bounded=bounded)

    def _restart(self) -> None:
        self._running = np.full(len(EXCESSES), -np.inf)
        self._seen = []

    def _onset(self) -> int:
        """The likeliest beginning, as an index into what was seen."""
        best = int(np.argmax(self._running))
        sums = np.cumsum([0.0, *(float(each[best]) for each in self._seen)])
        return int(np.argmin(sums[:-1]))


def _mixed(logs: Reals) -> float:
    return float(np.logaddexp.reduce(logs) - log(len(EXCESSES)))


def _evidence(step: Labelled, tolerance: float, *, worse: bool) -> tuple[Reals, bool]:
    """Log likelihood ratios of one step by excess, without the loudest devices."""
    held = step.count > 0
    count, correct, expected = (each[held] for each in (step.count, step.correct, step.expected))
    if count.size == 0:
        return np.zeros(len(EXCESSES)), False
    null = np.clip(expected / count - tolerance, SHARE_MIN, 1 - SHARE_MIN)[:, None]
    aside = np.array(EXCESSES) * (-1 if worse else 1)
    other = np.clip(null + aside, SHARE_MIN, 1 - SHARE_MIN)
    ratio = correct[:, None] * np.log(other / null)
    ratio += (count - correct)[:, None] * np.log((1 - other) / (1 - null))
    weight = np.minimum(1.0, LOUDEST * np.median(count) / count) / DEPENDENT
    each = ratio * weight[:, None]
    bounded = bool(count.size >= BOUNDED_FROM)
    if bounded:
        loud = np.sort(each, axis=0)[-ceil(LIARS * count.size) :]
        return np.asarray(each.sum(axis=0) - np.maximum(loud, 0.0).sum(axis=0)), True
    return np.asarray(each.sum(axis=0)), False
