"""What happens to windows on their way: lost, held back for a day, told twice, out of order, cut
short by a crash, and devices that join late.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Delivery:
    """Chances an hour and device; `grows` is the hour in which the last device has joined."""

    lost: float = 0.0
    outages: float = 0.0  # of an outage, of about a day
    doubled: float = 0.0  # counted twice
    swapped: float = 0.0  # with the hour before
    crashes: float = 0.0  # the hour holds what came before the crash, and some errors
    grows: int = 0
    first: int = 30  # devices that are there from the beginning of a fleet that grows

    def delivered(
        self, hours: Iterable[np.ndarray], seed: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield counts as a server has them, and which devices it heard of."""
        random = np.random.default_rng([seed, 99])
        before: np.ndarray | None = None
        away = np.zeros(0, int)
        for hour, fresh in enumerate(hours):
            rows = fresh.copy()
            devices = len(rows)
            if before is None:
                before, away = rows, np.zeros(devices, int)
            moved = random.random(devices) < self.swapped
            rows[moved] = before[moved]
            rows[random.random(devices) < self.doubled] *= 2
            crashed = random.random(devices) < self.crashes
            rows[crashed] = _cut_short(rows[crashed], random)
            away = np.maximum(away - 1, 0)
            begins = random.random(devices) < self.outages
            away[begins] = random.geometric(1 / 24, int(begins.sum()))
            heard = (random.random(devices) >= self.lost) & (away == 0)
            if self.grows:
                late = np.maximum(np.arange(devices) - self.first + 1, 0)
                heard &= late * self.grows <= hour * max(devices - self.first, 1)
            rows[~heard] = 0
            before = fresh
            yield rows, heard


def _cut_short(rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A part of the counts of an hour."""
    part = random.uniform(0.05, 1.0, (len(rows), 1))
    return random.binomial(rows, part).astype(np.uint32)
