"""Do updated devices restart more often than the others? Intervals that hold at any look.

A count of restarts over device-hours is judged by a gamma mixture of Poisson likelihood ratios (the
confidence sequence of Robbins 1970): looking every few seconds costs nothing. Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, lgamma, log
from typing import Final

from fleet.lib.verdict import Verdict

MARGIN: Final = 0.25  # restarts of a device in an hour, more than the others have
TRIFLE: Final = 0.5  # margins: less never fails
FAIL_ALPHA: Final = 0.005  # of a healthy rollout ever failed, over all looks
PASS_ALPHA: Final = 0.05
WITNESSES: Final = 2  # updated devices that must have restarted
SHAPE: Final = 0.5  # of the mixture, which is tightest after a few device-hours
HOURS: Final = 1.0
HALVINGS: Final = 80


@dataclass(frozen=True, slots=True)
class Restarts:
    """Restarts of each device, over hours of all of them together."""

    by_device: Sequence[int]
    hours: float


@dataclass(frozen=True, slots=True)
class RestartLook:
    """Restarts of a device in an hour beyond those of the others, with both intervals."""

    estimate: float
    fails: tuple[float, float]
    passes: tuple[float, float]
    verdict: Verdict
    sentence: str


def restart_look(new: Restarts, old: Restarts) -> RestartLook:
    """Judge updated devices beside the others; without others, beside none at all."""
    estimate = _rate(sum(new.by_device), new.hours) - _rate(sum(old.by_device), old.hours)
    fails = _between(_bounded(new.by_device), new, old, FAIL_ALPHA)
    passes = _between(sum(new.by_device), new, old, PASS_ALPHA)
    witnesses = sum(n > 0 for n in new.by_device)
    told = f"{sum(new.by_device)} restarts of {len(new.by_device)} updated devices in"
    seen = f"{told} {new.hours:.1f} device-hours"
    if fails[0] > 0 and estimate >= TRIFLE * MARGIN and witnesses >= WITNESSES:
        beside = f"{sum(old.by_device)} of {len(old.by_device)} others in {old.hours:.1f}"
        return RestartLook(estimate, fails, passes, Verdict.FAIL, f"{seen}, {beside}")
    if passes[1] < MARGIN:
        return RestartLook(estimate, fails, passes, Verdict.PASS, f"{seen}")
    known = f"up to {passes[1]:.2f} more in an hour are possible, {MARGIN} is the margin"
    sentence = f"inconclusive, because after {seen} {known}"
    return RestartLook(estimate, fails, passes, Verdict.INCONCLUSIVE, sentence)


def rate_between(count: int, hours: float, alpha: float) -> tuple[float, float]:
    """Return the rates (in an hour) that `count` in `hours` does not contradict at any look."""
    if hours <= 0:
        return 0.0, inf

    def against(rate: float) -> bool:
        mixed = SHAPE * log(HOURS) + lgamma(SHAPE + count) - lgamma(SHAPE)
        mixed -= (SHAPE + count) * log(HOURS + hours)
        return mixed + rate * hours - count * log(rate) > log(1 / alpha)

    usual = max(count, 0.1) / hours
    high = usual
    while not against(high):
        high *= 2
    low = _edge(against, 1e-9 * usual, usual, rising=False) if count else 0.0
    return low, _edge(against, usual, high, rising=True)


def _bounded(counts: Sequence[int]) -> int:
    """Return the sum, the largest for no more than the next: no device fails a rollout alone."""
    second = sorted(counts, reverse=True)[1] if len(counts) > 1 else 0
    return sum(min(each, second) for each in counts)


def _between(count: int, new: Restarts, old: Restarts, alpha: float) -> tuple[float, float]:
    updated = rate_between(count, new.hours, alpha / 2)
    others = rate_between(sum(old.by_device), old.hours, alpha / 2) if old.hours else (0.0, 0.0)
    return updated[0] - others[1], updated[1] - others[0]


def _edge(against: Callable[[float], bool], low: float, high: float, *, rising: bool) -> float:
    """Return where what is contradicted begins, between two rates."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if against(middle) == rising:
            high = middle
        else:
            low = middle
    return high if rising else low


def _rate(count: int, hours: float) -> float:
    return count / hours if hours > 0 else 0.0
