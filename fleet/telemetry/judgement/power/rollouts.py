"""What a rollout can tell by then: the smallest harm that would fail it, how long to wait for a
difference, how many canaries to take, and all of it in one sentence.

The arithmetic of `guard`: difference in differences, the confidence sequence's half-width, the
allowance for one liar. Differences are in natural units (0.03 is three points).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from fleet.telemetry.judgement.effects import MIXTURE_STEPS
from fleet.telemetry.judgement.guard import (
    DEVICES_MIN,
    EXTRA,
    FAIL_ALPHA,
    LIARS_FROM,
    PASS_ALPHA,
    half_width,
)
from fleet.telemetry.judgement.huber import BOUND
from fleet.telemetry.judgement.huber import DEVICES_MIN as BOUNDED_FROM
from fleet.telemetry.judgement.metrics import MARGINS
from fleet.telemetry.judgement.power.exposure import PERIOD, SURE, Exposure, known

# That share the chance of a false verdict, in a model of four classes whose devices tell no memory.
METRICS: Final = 8
INDEPENDENT: Final = ("errors",)  # failures do not depend on each other as inputs do


@dataclass(frozen=True)
class Smallest:
    """`fails`: the smallest harm that fails the rollout with POWER; `passes`: how close to no
    change everything must be known for a healthy one to pass. Compare either with `margin`.
    """

    metric: str
    fails: float
    passes: float
    margin: float


# Standard deviations of one inference, when nothing was measured: natural units.
SPREADS: Mapping[str, float] = {
    "confidence": 0.12,
    "accuracy": 0.12,
    "errors": 0.1,
    "classes": 0.43,
}
NAMES: Mapping[str, str] = {
    "confidence": "points of confidence",
    "accuracy": "points of accuracy",
    "errors": "points of failed inferences",
    "classes": "points of a class's share",
}


def smallest(
    exposure: Exposure,
    *,
    margins: Mapping[str, float] = MARGINS,
    spreads: Mapping[str, float] = SPREADS,
) -> dict[str, Smallest]:
    """Return by metric what the exposure can tell; infinite where it can tell nothing.

    `spreads` are standard deviations of one inference, as the guard's meter measures them.
    """
    return {
        metric: Smallest(
            metric,
            _reach(exposure, metric, FAIL_ALPHA) * spread,
            _reach(exposure, metric, PASS_ALPHA) * spread,
            {**MARGINS, **margins}[metric],
        )
        for metric, spread in spreads.items()
    }


def hours_needed(exposure: Exposure, metric: str, difference: float) -> int | None:
    """Return after how many whole hours these canaries tell `difference`; None beyond a month."""

    def tells(hours: int) -> bool:
        return smallest(replace(exposure, minutes=60 * hours))[metric].fails <= difference

    return _first(tells, 1, PERIOD)


def canaries_needed(exposure: Exposure, metric: str, difference: float) -> int | None:
    """Return how many canaries of the same devices tell `difference` in the same time; None where
    no number does.
    """
    devices = exposure.canaries + exposure.controls

    def tells(canaries: int) -> bool:
        taken = replace(exposure, canaries=canaries, controls=devices - canaries)
        return smallest(taken)[metric].fails <= difference

    return _first(tells, DEVICES_MIN, devices // 2)


def hours_to_pass(exposure: Exposure, margins: Mapping[str, float] = MARGINS) -> int | None:
    """Return after how many whole hours a healthy release passes every metric, as likely as POWER;
    None beyond a month.
    """

    def passes(hours: int) -> bool:
        told = smallest(replace(exposure, minutes=60 * hours), margins=margins)
        return all(each.passes <= each.margin for each in told.values())

    return _first(passes, 1, PERIOD)


def advice(exposure: Exposure, metric: str = "accuracy", margin: float | None = None) -> str:
    """Return one sentence: what the plan can tell of a metric, and what would tell its margin.

    Raises KeyError for a metric that has no spread.
    """
    wanted = MARGINS[metric] if margin is None else margin
    told = smallest(exposure)[metric].fails
    count = "1 canary" if exposure.canaries == 1 else f"{exposure.canaries} canaries"
    who, what = f"{count} for {_time(exposure.minutes)}", NAMES[metric]
    if exposure.canaries < DEVICES_MIN or exposure.controls < DEVICES_MIN:
        beside = f"beside {exposure.controls} devices that are not updated"
        return f"{who} {beside} cannot be judged: take {DEVICES_MIN} of each."
    if told <= wanted:
        return f"{who} can tell {_points(told)} {what}."
    wait, take = hours_needed(exposure, metric, wanted), canaries_needed(exposure, metric, wanted)
    ways = [f"wait {_time(60 * wait)}"] if wait else []
    ways += [f"take {take}"] if take else []
    remedy = " or ".join(ways) or "more devices are needed, or inferences that depend less"
    return f"{who} cannot tell less than {_points(told)} {what}: {remedy}."


def _reach(exposure: Exposure, metric: str, alpha: float) -> float:
    """In standard deviations of one inference, what is told with the probability POWER."""
    canaries, controls = exposure.canaries, exposure.controls
    if metric in INDEPENDENT:
        exposure = replace(exposure, dependence=1.0)
    info = known(exposure)
    if min(canaries, controls) < DEVICES_MIN or info <= 0:
        return np.inf
    pair = EXTRA * (1 / canaries + 1 / controls)
    # Steps of an hour: what a fleet is judged in, unless configured otherwise.
    mixtures = [known(replace(exposure, minutes=60 * step)) / pair for step in MIXTURE_STEPS]
    sides = 1 if metric == "classes" else 2
    share = 2 * alpha if alpha == PASS_ALPHA else sides * alpha / METRICS
    liars = (BOUND / canaries if canaries >= LIARS_FROM else 0.0) + (
        BOUND / controls if controls >= BOUNDED_FROM else 0.0
    )
    sampled = SURE * np.sqrt(pair / info)
    return float(half_width(info / pair, mixtures, share) + liars / np.sqrt(info) + sampled)


def _first(true: Callable[[int], bool], low: int, high: int) -> int | None:
    """The least number at which what stays true becomes true."""
    if high < low or not true(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle + 1, high)
    return low


def _time(minutes: float) -> str:
    if minutes < 120 and minutes % 60:
        return f"{minutes:.0f} minutes"
    hours = minutes / 60
    if hours >= 72:
        return f"{hours / 24:.0f} days"
    return "1 hour" if hours == 1 else f"{hours:.3g} hours"


def _points(share: float) -> str:
    points = 100 * share
    return f"{points:.0f}" if points >= 10 else f"{points:.1f}"
