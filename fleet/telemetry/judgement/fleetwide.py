"""What all devices do at once cannot be seen beside each other: the common mode against its past.

The weather of the whole fleet is the noise here, so only a move far beyond the fleet's usual days
is told, and told as what it is: the world changed for all, or the model did.
"""

from collections import deque

import numpy as np

from fleet.telemetry.judgement.layout import Reals

DAYS_MIN = 6  # earlier days before the common mode is judged
DAYS_MAX = 28
FAR = 9.0  # standard deviations of a day's mean; Student's t with five degrees: 1 in 7,000
FLOOR = 0.05  # sd: what a day's mean may always differ by


class CommonMode:
    """The fleet's steps: by hour of day to predict, by day to judge."""

    def __init__(self, channels: int, day_steps: int) -> None:
        self._day = day_steps
        self._profile = np.full((day_steps, channels), np.nan)
        self._sum, self._count = np.zeros(channels), 0
        self._today: deque[Reals] = deque(maxlen=day_steps)
        self._days: deque[Reals] = deque(maxlen=DAYS_MAX)
        self._at = 0

    def expected(self) -> Reals:
        """Return what the earlier days did at this hour; zero before anything is known."""
        return np.asarray(np.nan_to_num(self._profile[self._at % self._day]))

    def add(self, mode: Reals) -> Reals:
        """Take one step; return it about the mean so far."""
        row = self._at % self._day
        before = self._profile[row]
        self._profile[row] = np.where(np.isfinite(before), 0.75 * before + 0.25 * mode, mode)
        self._sum += mode
        self._count += 1
        self._today.append(mode)
        self._at += 1
        if self._at % self._day == 0:
            self._days.append(np.mean(self._today, axis=0))
        return np.asarray(mode - self._sum / self._count)

    def moved(self) -> Reals:
        """Return by channel how far the last day is from the earlier ones, in allowed distances;
        from one on it is a move.
        """
        if len(self._days) < DAYS_MIN + 1:
            return np.zeros(self._profile.shape[1])
        past = np.stack(list(self._days)[:-1])
        spread = np.maximum(past.std(axis=0, ddof=1), FLOOR)
        gap = np.mean(self._today, axis=0) - past.mean(axis=0)
        return np.asarray(gap / (FAR * spread * np.sqrt(1 + 1 / len(past))))
