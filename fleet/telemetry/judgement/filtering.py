"""A Kalman filter for every device and channel: own offset, own loading on the common mode, own
slow weather, own day. What it cannot predict is white noise of known variance in healthy life,
from the first step on, the uncertainty of its own baseline included.

It keeps learning: a frozen baseline would carry an error of one sign for ever.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from fleet.telemetry.judgement.components import Components
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.limits import DAY

OFFSET, LOADING, WANDER, SINE, COSINE = range(5)
STATES = 5
NEW_VERSION = 1.0  # variance of the offset after an update: another version, another level


@dataclass
class Filter:
    """`mean` is (states, devices, channels), `cover` (states, states, devices, channels)."""

    parts: Components
    step_hours: float
    mean: Reals
    cover: Reals

    def __post_init__(self) -> None:
        self._wander = self.parts.wander
        self._before = np.zeros(self.mean.shape[1:])

    def explain(self, explained: Reals) -> None:
        """Expect less slow weather: so much of its variance (channels) is expected otherwise."""
        self._wander = np.maximum(self.parts.wander - explained, 0.0)

    def step(self, values: Reals, inflation: Reals, mode: Reals, waves: Reals) -> "Step":
        """Predict a step, compare, and learn from what is known (NaN is not).

        `values` are scores without the common mode (devices, channels), `mode` is the common mode
        (channels), `waves` sine and cosine of the day. Cells that are not to learn are given as
        NaN to `learn` only: so prediction and learning are two calls.
        """
        self._pass_time()
        view = (1.0, mode, 1.0, waves[0], waves[1])
        towards = [sum(self.cover[i, j] * view[j] for j in range(STATES)) for i in range(STATES)]
        predicted = sum(self.mean[i] * view[i] for i in range(STATES))
        variance = sum(towards[i] * view[i] for i in range(STATES)) + self.parts.noise * inflation
        surprise = np.asarray(values - predicted)
        before, now = self._before, surprise / np.sqrt(variance)
        self._before = np.where(np.isfinite(now), now, before)
        return Step(surprise, np.asarray(variance), towards, before)

    def learn(self, step: "Step", learns: np.ndarray, calm: np.ndarray | None = None) -> None:
        """Take a step's surprise into the baseline, where `learns` (devices, channels) says so.

        Cells that are not `calm` follow their slow weather only: what may be harm does not become
        the device's own level, while its weather does not look like harm (Schmidt 1966).
        """
        inverse = np.where(learns & np.isfinite(step.surprise), 1.0 / step.variance, 0.0)
        surprise = np.where(inverse > 0, step.surprise, 0.0)
        level = inverse if calm is None else np.where(calm, inverse, 0.0)
        for i in range(STATES):
            self.mean[i] += step.towards[i] * (inverse if i == WANDER else level) * surprise
            for j in range(i, STATES):
                weight = inverse if WANDER in (i, j) else level
                self.cover[i, j] -= step.towards[i] * weight * step.towards[j]
                self.cover[j, i] = self.cover[i, j]

    def restart(self, devices: np.ndarray) -> None:
        """Forget the baseline of some devices (indices): they run another version now."""
        fresh = _prior(self.parts, len(devices))
        self.mean[:, devices] = 0.0
        self.cover[:, :, devices] = fresh
        self.cover[OFFSET, OFFSET, devices] = NEW_VERSION
        self._before[devices] = 0.0

    def _pass_time(self) -> None:
        keep = self.parts.rho ** (self.step_hours / DAY)
        self.mean[WANDER] *= keep
        for i in range(STATES):
            if i != WANDER:
                self.cover[WANDER, i] *= keep
                self.cover[i, WANDER] = self.cover[WANDER, i]
        self.cover[WANDER, WANDER] *= keep**2
        self.cover[WANDER, WANDER] += self._wander * (1 - keep**2)


@dataclass(frozen=True)
class Step:
    """What was not predicted, its variance, how it would be learnt, and the surprise of the step
    before in standard deviations.
    """

    surprise: Reals
    variance: Reals
    towards: list[Reals]
    before: Reals

    def bounded(self, bound: Reals) -> "Step":
        """Return the step with surprises of at most `bound` standard deviations (channels), or as
        far as the step before went the same way: a gust is over then, and harm is not.
        """
        sd = np.sqrt(self.variance)
        low, high = np.minimum(-bound, self.before) * sd, np.maximum(bound, self.before) * sd
        return replace(self, surprise=np.clip(self.surprise, low, high))


def new_filter(parts: Components, devices: int, step_hours: float) -> Filter:
    """Return a filter that knows only what the fleet's variances say."""
    channels = len(parts.offset)
    return Filter(parts, step_hours, np.zeros((STATES, devices, channels)), _prior(parts, devices))


def typical(found: Filter) -> Filter:
    """Return the filter of one device that knows as much as the fleet's devices do on average."""
    parts = replace(found.parts, noise=found.parts.noise.mean(axis=0)[None])
    cover = found.cover.mean(axis=2)[:, :, None]
    return Filter(parts, found.step_hours, np.zeros((STATES, 1, cover.shape[-1])), cover)


def signature(lone: Filter, inflation: Iterable[float]) -> Iterator[tuple[Reals, Reals]]:
    """Yield what a filter leaves of a unit step that began now, and the variance of its surprise,
    step after step (Willsky and Jones 1976); both (devices, channels).

    `inflation` is how much larger than usual the noise of each step is. The filter is used up.
    """
    shape = lone.mean.shape[1:]
    quiet, flat = np.zeros(shape[1]), np.zeros(2)
    response = np.zeros((STATES, *shape))
    everywhere = np.ones(shape, bool)
    for larger in inflation:
        one = lone.step(np.zeros(shape), np.full(shape, larger), quiet, flat)
        response[WANDER] *= lone.parts.rho ** (lone.step_hours / DAY)
        left = np.asarray(1.0 - response[OFFSET] - response[WANDER])
        for i in range(STATES):
            response[i] += one.towards[i] / one.variance * left
        lone.learn(one, everywhere)
        yield left, one.variance


def _prior(parts: Components, devices: int) -> Reals:
    channels = len(parts.offset)
    cover = np.zeros((STATES, STATES, devices, channels))
    each = (parts.offset, parts.loading, parts.wander, parts.season, parts.season)
    for i, variance in enumerate(each):
        cover[i, i] = variance
    return cover
