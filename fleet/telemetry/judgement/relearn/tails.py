"""How far the CUSUMs of healthy devices reach, beside how far they should: thresholds follow.

What a noise model does not know (weekdays of each device, storms, gusts with long tails) shows in
how many devices come half of the way to an alarm. When they are certainly more than promised, the
exponent is smaller than believed, and every threshold rises by as much (the decay rate of Duffield
and others 1995, read off the fleet's own tail). Only what came half of the way and fell back is
counted: what stays there may be harm.
"""

from collections import deque
from typing import Final

import numpy as np

from fleet.telemetry.judgement.cusum import Cusums, run_length, threshold
from fleet.telemetry.judgement.layout import Reals

DAYS: Final = 7  # over which levels are counted: a whole week, weekends included
PARTS: Final = (0.5, 0.7)  # of a threshold, where levels are counted
FELL: Final = 0.5  # of that level: below it in all detectors, a device came back
SURE: Final = 2.0  # standard deviations beyond the expected count
PRIOR: Final = 10.0  # devices that reach as far as promised, assumed beside those seen
SCALE_MAX: Final = 6.0
FORGETS: Final = 1 / 28  # of a raised threshold a day: storms come back


class Tails:
    """Day by day, the highest level of each device's detectors."""

    def __init__(self, shape: tuple[int, ...], day_steps: int) -> None:
        self._day, self._at = day_steps, 0
        self._today = np.zeros(shape, np.float32)
        self._days: deque[np.ndarray] = deque(maxlen=DAYS)

    def add(self, cusums: Cusums) -> None:
        """Take one step's levels; at the end of a day the thresholds are scaled."""
        np.maximum(self._today, cusums.level, out=self._today)
        self._at += 1
        if self._at % self._day == 0:
            self._days.append(self._today)
            self._today = np.zeros_like(self._today)
            seen = scale(cusums, np.max(self._days, axis=0), len(self._days) * self._day)
            kept = cusums.scale - (cusums.scale - 1) * FORGETS
            cusums.scale = np.maximum(kept, seen)


def scale(cusums: Cusums, highest: np.ndarray, steps: int) -> Reals:
    """Return by what thresholds must rise, (shifts, signs, channels), 1 where the levels reach no
    further than promised; `highest` is each cell's highest level in `steps` steps.

    Cells that alarm are not counted: what is harmed says nothing of the healthy.
    """
    found = np.ones(cusums.scale.shape)
    limit = cusums.threshold[:, None, :] * cusums.scale
    calm = highest < limit[:, :, None, :]
    devices = calm.sum(axis=2)
    # A change that one detector follows in waves stays with those of another size.
    worst = (cusums.level / cusums.threshold[:, None, None, :]).max(axis=(0, 1))
    for part in PARTS:
        at = part * cusums.threshold
        promised = (1 - np.exp(-steps / run_length(at, cusums.half)))[:, None, :]
        high = at[:, None, None, :]
        over = (calm & (highest >= high) & (worst < FELL * part)).sum(axis=2)
        expected = devices * promised
        more = over > expected + SURE * np.sqrt(expected) + 1
        share = (over + PRIOR * promised) / (devices + PRIOR)
        needed = steps / -np.log1p(-np.clip(share, 1e-9, 0.99))
        nats = np.stack([threshold(cusums.half, needed[:, sign]) for sign in (0, 1)], axis=1)
        raised = np.clip(at[:, None, :] / np.maximum(nats, 1e-3), 1.0, SCALE_MAX)
        found = np.where(more, np.maximum(found, raised), found)
    return found
