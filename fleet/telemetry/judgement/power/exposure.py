"""How much a rollout will have seen: devices, minutes, inferences, and how these depend."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from statistics import NormalDist
from typing import Final

import numpy as np

from fleet.telemetry.judgement.components import Components
from fleet.telemetry.judgement.effects import FEW_RHO, FEW_WANDER, SMALL_FLEET
from fleet.telemetry.judgement.filtering import new_filter, signature
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.limits import DAY, LEARN_STEPS, MONTH

POWER: Final = 0.8  # probability with which "can be told" is told
SURE: Final = NormalDist().inv_cdf(POWER)
MILD: Final = 2.9  # inferences that count for one, at AR(1) 0.5 from one to the next
OFFSET_USUAL: Final = 0.01  # sd²: of devices from each other
PERIOD: Final = MONTH  # hours: nobody plans to wait longer


@dataclass(frozen=True)
class Exposure:
    """A rollout as planned.

    `minutes` since the update, `rate` inferences of one device in an hour, `dependence` how many of
    them count for one (1 is independent; `design_effect` for AR(1)), `past_hours` of telemetry
    under the version before. Raises ValueError for what is negative or not finite.
    """

    canaries: int
    controls: int
    minutes: float
    rate: float
    dependence: float = MILD
    past_hours: int = LEARN_STEPS

    def __post_init__(self) -> None:
        numbers = (self.minutes, self.rate, self.dependence, self.past_hours)
        if min(self.canaries, self.controls) < 0 or not all(0 <= n < 1e9 for n in numbers):
            raise ValueError("An exposure's numbers must be finite and not negative.")


def design_effect(ar: float, rate: float) -> float:
    """Return how many inferences count for one in an hour's mean, with AR(1) `ar` (0 to below 1)
    from one inference to the next and `rate` of them.
    """
    count = max(round(rate), 1)
    lags = np.arange(1, count)
    return float(1 + 2 * ((1 - lags / count) * ar**lags).sum())


@dataclass(frozen=True)
class Sight:
    """One device after a change at a known step: what its filter leaves of a unit change in each
    hour, the variance of its surprise (sd²), and what is known by then (1/sd²). (PERIOD) each.
    """

    left: Reals
    variance: Reals
    information: Reals


@lru_cache(maxsize=256)
def sight(rate: float, dependence: float, past_hours: int, *, few: bool) -> Sight:
    """Return what the filter of one device sees after `past_hours` of past.

    `few`: the variances are measured on fewer than SMALL_FLEET devices, as cautiously as `effects`.
    """
    noise = np.array([max(dependence, 1.0) / max(rate, 1e-3)])
    zero = np.zeros(1)
    wander = FEW_WANDER * noise / DAY if few else zero
    offset = np.full(1, OFFSET_USUAL)
    parts = Components(noise[None], offset, zero, zero, wander, np.full(1, FEW_RHO))
    lone = new_filter(parts, 1, 1.0)
    for _ in signature(lone, repeat(1.0, past_hours)):
        pass
    seen = [(g[0, 0], v[0, 0]) for g, v in signature(lone, repeat(1.0, PERIOD))]
    left, variance = np.array(seen).T
    return Sight(left, variance, np.cumsum(left**2 / variance))


def known(exposure: Exposure) -> float:
    """Return what is known of one device's change after the exposure's minutes, in 1/sd²."""
    few = exposure.canaries + exposure.controls < SMALL_FLEET
    past = min(exposure.past_hours, LEARN_STEPS)
    seen = sight(exposure.rate, exposure.dependence, past, few=few)
    hours = min(exposure.minutes / 60, PERIOD)
    return float(np.interp(hours, np.arange(PERIOD + 1), np.append(0.0, seen.information)))
