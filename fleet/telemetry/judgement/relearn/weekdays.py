"""Weekdays: what a device does on Mondays that it does not do on Tuesdays, once the data shows it.

The days' means of each device resemble those of a week before more than those of six and eight days
before, on the whole fleet, with certainty: then each device's weekday is expected, as much of it as
so few weeks can know. Days on which a cell was suspected are left out: harm is not learnt.
"""

from collections import deque
from typing import Final

import numpy as np

from fleet.telemetry.judgement.common import mean_known
from fleet.telemetry.judgement.layout import Reals

WEEK: Final = 7
DAYS: Final = 28
DEVICES_MIN: Final = 10  # that agree on it
SURE: Final = 4.0  # standard errors of the fleet's mean
LEAST: Final = 0.003  # variance between weekdays that is worth it
FAR: Final = 4.0  # medians of a day's distance: what is farther is bounded


class Weekdays:
    """Days' means by (devices, channels), and what the present weekday adds to a device."""

    def __init__(self, shape: tuple[int, ...], day_steps: int) -> None:
        self._day, self._at = day_steps, 0
        self._sum, self._count = np.zeros(shape), np.zeros(shape)
        self._calm = np.ones(shape, bool)
        self._days: deque[np.ndarray] = deque(maxlen=DAYS)
        self.usual: Reals = np.zeros(shape)
        self.explained: Reals = np.zeros(shape[1])  # variance that `usual` takes off, (channels)

    def add(self, residual: Reals, calm: np.ndarray) -> None:
        """Take one step of scores without the common mode, NaN where unknown."""
        known = np.isfinite(residual)
        self._sum += np.where(known, residual, 0.0)
        self._count += known
        self._calm &= calm
        self._at += 1
        if self._at % self._day:
            return
        enough = self._calm & (2 * self._count >= self._day)
        mean = np.where(enough, self._sum / np.maximum(self._count, 1), np.nan)
        self._days.append(mean.astype(np.float32))
        self._sum[:], self._count[:], self._calm[:] = 0.0, 0.0, True
        self._expect()

    def _expect(self) -> None:
        if len(self._days) < 2 * WEEK or self.usual.shape[0] < DEVICES_MIN:
            return
        weeks = len(self._days) // WEEK
        days = np.stack(list(self._days)[-WEEK * weeks :])
        about = days - mean_known(days)
        weekly = weekly_variance(about)
        before = about[::WEEK]  # tomorrow's weekday: 7, 14, ... days before it
        known = np.isfinite(before).sum(axis=0)
        total = np.nan_to_num(mean_known(mean_known(about**2)))
        rest = np.maximum(total - weekly, 1e-9)
        weight = known * weekly / (known * weekly + rest)
        self.usual = np.asarray(weight * np.nan_to_num(mean_known(before)))
        self.explained = np.asarray((weekly * weight).mean(axis=0))


def weekly_variance(about: Reals) -> Reals:
    """Return the variance between weekdays by channel, zero where the fleet does not show it.

    `about` is (days, devices, channels), each device's days about its mean, whole weeks.
    """
    middle = np.nan_to_num(np.nanmedian(np.abs(np.nan_to_num(about)), axis=(0, 1)))
    near = np.clip(about, -FAR * middle, FAR * middle)

    def alike(lag: int) -> Reals:
        return mean_known(near[lag:] * near[:-lag])

    evidence = alike(WEEK) - (alike(WEEK - 1) + alike(WEEK + 1)) / 2
    evidence = np.where(np.isfinite(evidence), evidence, 0.0)
    mean = evidence.mean(axis=0)
    error = evidence.std(axis=0, ddof=1) / np.sqrt(len(evidence))
    return np.asarray(np.where((mean > SURE * error) & (mean > LEAST), mean, 0.0))
