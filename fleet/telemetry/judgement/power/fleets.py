"""What a fleet sees in a day: the smallest change on one device, on a lot, and of a release."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from fleet.telemetry.judgement.cusum import threshold
from fleet.telemetry.judgement.limits import (
    DAY,
    DEVICE_BUDGET,
    FEW_CAUTION,
    LABEL_DEVICES_MIN,
    LEARN_STEPS,
    MANY_PEERS,
    MONTH,
    SHIFTS,
    VOTE_CLIP,
    VOTE_STEPS,
    VOTE_VARIANCE,
)
from fleet.telemetry.judgement.power.exposure import MILD, POWER, Exposure, sight
from fleet.telemetry.judgement.power.rollouts import smallest
from fleet.telemetry.judgement.votes import naming_threshold

CHANNELS: Final = 26  # scores of a model of eight features and four classes
VALUES: Final = 50  # label values
LARGEST: Final = 10.0  # sd: what is not seen at this size is not seen
PART: Final = 10  # a lot, and the canaries: a tenth of the fleet


@dataclass(frozen=True)
class Day:
    """Smallest changes told within a day, in sd of a feature; `rollout` in points of accuracy
    (0.03 is three points) with a tenth of the fleet as canaries. None: nothing is.
    """

    devices: int
    rate: float
    device: float | None
    lot: float | None
    rollout: float | None


def in_a_day(devices: int, rate: float, dependence: float = MILD) -> Day:
    """Return what `devices` with `rate` inferences an hour each show in a day, after a week.

    One device: the median delay of its alarm is a day. A lot of a tenth of the fleet: named as
    likely as POWER. A rollout: as `rollouts.smallest`.
    """
    part = max(devices // PART, 2)
    told = smallest(Exposure(part, devices - part, DAY * 60, rate, dependence))
    accuracy = told["accuracy"].fails
    return Day(
        devices,
        rate,
        _least(lambda size: hours_to_alarm(size, devices, rate, dependence) <= DAY),
        _least(lambda size: _lot_named(size, devices // PART, rate, dependence)),
        accuracy if accuracy <= 1 else None,
    )


def hours_to_alarm(
    size: float,
    devices: int,
    rate: float,
    dependence: float = MILD,
    past_hours: int = LEARN_STEPS,
) -> float:
    """Return about the median hours until one device that moved by `size` sd alarms, `past_hours`
    after first contact; infinite beyond a month.
    """
    caution = FEW_CAUTION if devices < MANY_PEERS else 1.0
    run_length = MONTH * CHANNELS * len(SHIFTS) * 2 * caution / DEVICE_BUDGET
    seen = sight(rate, dependence, past_hours, few=False)
    best = np.inf
    for shift in SHIFTS:
        level = np.cumsum((shift * size * seen.left - shift**2 / 2) / seen.variance)
        half = shift / (2 * np.sqrt(seen.variance[0]))
        high = float(threshold(np.array([[half]]), run_length)[0, 0])
        if level.max() >= high:
            best = min(best, float(np.argmax(level >= high)) + 1)
    return best


def _lot_named(size: float, lot: int, rate: float, dependence: float) -> bool:
    """Whether the mean of its votes is beyond what names it, with the spread that POWER needs."""
    if lot < LABEL_DEVICES_MIN:
        return False
    seen = sight(rate, dependence, LEARN_STEPS, few=False)
    pushed = (seen.left * size / np.sqrt(seen.variance))[:DAY]
    for window, steps in enumerate(VOTE_STEPS):
        mean = pushed[-steps:].sum() / np.sqrt(steps)
        z = _clipped_mean(mean) * np.sqrt(lot / VOTE_VARIANCE)
        high = float(naming_threshold(window, VALUES, CHANNELS, np.array([float(lot)]))[0])
        if z >= high + NormalDist().inv_cdf(POWER):
            return True
    return False


def _clipped_mean(mean: float) -> float:
    """Mean of a normal about `mean`, sd 1, clipped to the bounds of a vote."""
    at = np.linspace(-6, 6, 241)
    weight = np.exp(-0.5 * at**2)
    return float((np.clip(at + mean, -VOTE_CLIP, VOTE_CLIP) * weight).sum() / weight.sum())


def _least(seen: Callable[[float], bool]) -> float | None:
    low, high = 0.0, LARGEST
    if not seen(high):
        return None
    while high - low > 0.005:
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high
