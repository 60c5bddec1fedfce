"""What an update did to each device: the size of a step at a known time, and its information.

The same filter as of the device alarms; the signature of a step is what it leaves in the surprises
while the filter learns it (Willsky and Jones 1976).
"""

from dataclasses import dataclass
from itertools import repeat

import numpy as np

from fleet.telemetry.judgement.common import mean_known
from fleet.telemetry.judgement.components import Components, Past, components
from fleet.telemetry.judgement.filtering import (
    STATES,
    WANDER,
    Filter,
    Step,
    new_filter,
    signature,
    typical,
)
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.limits import DAY, TRIM, TRUSTED_STEPS
from fleet.telemetry.judgement.season import day_waves

SMALL_FLEET = 20  # devices: below it the variances are themselves uncertain
FEW_WANDER, FEW_RHO = 0.35, 0.7  # days' noise and correlation that a small fleet may have missed
# Where the confidence sequence is tightest. In steps, not hours: a fleet that is judged each minute
# is one whose rollouts are decided in minutes.
MIXTURE_STEPS = (3, 24)
PLACEBO = (1, 3, 6, 12, 24)  # steps of placebo updates in the week before
FLOOR = 0.5  # of the variance of independent draws
SHARE_MIN = 0.002  # of a class, when its tilt is computed


@dataclass
class Effects:
    """`size` and `information` are (devices, metrics) in sd and 1/sd²."""

    filter: Filter
    updated: np.ndarray
    first: int  # step at which somebody was updated first
    usual: float  # samples
    centre: Reals  # mean of the common mode before
    tilt: Reals  # (devices, classes): each device's own share over the fleet's
    classes: int  # where classes begin among the metrics
    inflation: Reals  # of half-widths, measured by placebo updates in the past
    expected: tuple[Reals, ...]  # information of one device after MIXTURE_STEPS
    past_steps: np.ndarray
    step_hours: float
    start_hour: float

    def __post_init__(self) -> None:
        shape = self.filter.mean.shape[1:]
        self.response = np.zeros((STATES, *shape))
        self.pull, self.information = np.zeros(shape), np.zeros(shape)
        self.canaries = np.zeros(shape[0], bool)

    @property
    def size(self) -> Reals:
        """Effect by device and metric; zero where nothing is known."""
        return np.asarray(self.pull / np.maximum(self.information, 1e-12))

    def step(self, at: int, values: Reals, samples: Reals) -> None:
        """Take one step of metrics (devices, metrics), NaN where nothing was reported."""
        begins = self.updated == at
        self.canaries |= begins
        for each in (self.pull, self.information):
            each[begins] = 0.0
        self.response[:, begins] = 0.0
        controls = ~((self.updated >= 0) & (self.updated <= at))
        mode = middle(values[controls]) if controls.any() else self.centre
        mode = np.where(np.isfinite(mode), mode, self.centre)
        residual = without_mode(values, mode, self.tilt, self.classes)
        inflation = np.maximum(self.usual / np.maximum(samples, 1.0), 1.0)[:, None]
        waves = day_waves(np.array([at]), self.step_hours, self.start_hour)[0]
        about = mode - self.centre
        one = self.filter.step(residual, inflation * np.ones_like(residual), about, waves)
        known = np.isfinite(residual)
        self.filter.learn(one, known)
        self._signature(one, known, about, waves)

    def _signature(self, one: Step, known: np.ndarray, mode: Reals, waves: Reals) -> None:
        self.response[WANDER] *= self.filter.parts.rho ** (self.step_hours / DAY)
        view = (1.0, mode, 1.0, waves[0], waves[1])
        left = 1.0 - sum(self.response[i] * view[i] for i in range(STATES))
        inverse = np.where(known, 1 / one.variance, 0.0)
        for i in range(STATES):
            self.response[i] += one.towards[i] * inverse * left
        self.pull += left * np.where(known, one.surprise, 0.0) * inverse
        self.information += left**2 * inverse


def begin(
    past: Reals,
    samples: Reals,
    updated: np.ndarray,
    first: int,
    *,
    step_hours: float,
    start_hour: float,
    classes: int,
) -> Effects:
    """Learn from the steps before the update; `past` is (steps, devices, metrics)."""
    usual = float(np.median(samples[samples > 0])) if (samples > 0).any() else 1.0
    tilt = _tilt(past[:, :, classes:])
    modes = np.stack([middle(each) for each in past])
    centre = np.nan_to_num(mean_known(modes))
    modes = np.where(np.isfinite(modes), modes, centre)
    residuals = np.stack(
        [without_mode(v, m, tilt, classes) for v, m in zip(past, modes, strict=True)]
    )
    steps = np.arange(first, first + len(past))
    waves = day_waves(steps, step_hours, start_hour)
    inflation = np.maximum(usual / np.maximum(samples, 1.0), 1.0)[:, :, None]
    floor = np.full(past.shape[2], FLOOR / usual)
    week = Past(
        residuals,
        inflation * np.ones_like(past),
        modes - centre,
        waves,
        floor,
        step_hours,
        peers=True,
        trusted_steps=TRUSTED_STEPS,
    )
    parts = components(week)
    if past.shape[1] < SMALL_FLEET:
        parts = _cautious(parts)
    found = new_filter(parts, past.shape[1], step_hours)
    standard = np.empty(past.shape)
    for at, residual in enumerate(residuals):
        one = found.step(residual, week.inflation[at], week.mode[at], waves[at])
        found.learn(one, np.isfinite(residual))
        standard[at] = one.surprise / np.sqrt(one.variance)
    known = np.isfinite(past).any(axis=2).sum(axis=0)
    return Effects(
        found,
        updated,
        first + len(past),
        usual,
        centre,
        tilt,
        classes,
        placebo(standard),
        _expected(found),
        known,
        step_hours,
        start_hour,
    )


def middle(values: Reals) -> Reals:
    """The common mode of the devices: trimmed mean of many, median of a few."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(values.shape[1], np.nan)
    filled = np.where(known.any(axis=0), values, 0.0)
    found = np.nanmedian(filled, axis=0)
    count = known.sum(axis=0)
    ordered = np.sort(values, axis=0)
    cut = np.ceil(TRIM * count).astype(int)
    rank = np.arange(len(values))[:, None]
    kept = (rank >= cut) & (rank < count - cut)
    mean = np.where(kept, ordered, 0.0).sum(axis=0) / np.maximum(kept.sum(axis=0), 1)
    few = 10
    return np.asarray(np.where(count >= few, mean, np.where(count > 0, found, np.nan)))


def without_mode(values: Reals, mode: Reals, tilt: Reals, classes: int) -> Reals:
    """Take the common mode off; a share answers it in proportion to the device's own share."""
    expected = np.repeat(mode[None], len(values), axis=0)
    expected[:, classes:] = tilt * mode[classes:]
    return np.asarray(values - expected)


def _tilt(shares: Reals) -> Reals:
    """Each device's mean share over the fleet's, by class: (devices, classes)."""
    steps, devices, classes = shares.shape  # no class is watched where a model has fewer than two
    fleet = np.nan_to_num(mean_known(shares.reshape(steps * devices, classes)))
    fleet = np.maximum(fleet, SHARE_MIN)
    own = mean_known(shares)
    return np.asarray(np.where(np.isfinite(own), own, fleet) / fleet)


def _cautious(parts: Components) -> Components:
    """A few devices measure their own variances: allow for it."""
    noise = parts.noise * 1.03
    return Components(
        noise,
        parts.offset,
        parts.loading,
        parts.season,
        parts.wander + FEW_WANDER * noise.mean(axis=0) / DAY,
        np.maximum(parts.rho, FEW_RHO),
    )


def placebo(standard: Reals) -> Reals:
    """How much wider than believed updates in the past would have spread (Abadie 2010), at least
    one: standard deviations of sums of standardised surprises, (metrics).
    """
    devices = standard.shape[1]
    wide = np.ones(standard.shape[2])
    clean = np.nan_to_num(np.clip(standard[DAY:], -8, 8))
    for steps in PLACEBO:
        if len(clean) < 2 * steps:
            continue
        total = np.cumsum(clean, axis=0)
        sums = (total[steps:] - total[:-steps]) / np.sqrt(steps)
        squares = (sums**2).mean(axis=(0, 1))
        far = squares > 1 + 3.5 * np.sqrt(2 / (3 * max(devices, 1)))
        wide = np.maximum(wide, np.where(far, np.sqrt(squares), 1.0))
    return wide


def _expected(found: Filter) -> tuple[Reals, ...]:
    """Information of one device some steps after a shift now, as the filter would learn it."""
    reached = []
    information = np.zeros(found.mean.shape[2])
    after = signature(typical(found), repeat(1.0, max(MIXTURE_STEPS)))
    for at, (left, variance) in enumerate(after, start=1):
        information = information + (left**2 / variance)[0]
        if at in MIXTURE_STEPS:
            reached.append(information)
    return tuple(reached)
