"""Sequential detection: CUSUMs of log likelihood ratios with a stated mean time between false
alarms, so that a look at every step costs nothing.

Page 1954, Lorden 1971; thresholds from Siegmund 1985; the exponent `eta`, measured on the fleet,
prices in what the noise model does not know (Duffield, Lewis, O'Connell, Russell, Toomey 1995).
"""

from dataclasses import dataclass, field

import numpy as np

from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.limits import ETA_MIN, SIEGMUND

SIGNS = (1.0, -1.0)
BLOCKS = (1, 6, 24)  # steps over which increments are summed when eta is measured
GRID = np.linspace(1.0, ETA_MIN, 20)
DEVICES_MAX = 300  # of the fleet, evenly spread, are enough to measure eta
NATS_MAX = 500.0  # beyond it a run is longer than numbers can tell
KEPT = 1.5  # thresholds: a CUSUM is held there, so that an end is seen as soon as a start


@dataclass
class Cusums:
    """State by (shift, sign, device, channel); `level` is in nats."""

    shifts: tuple[float, ...]
    eta: Reals  # (shifts, signs, channels)
    threshold: Reals  # (shifts, channels), nats
    half: Reals  # (shifts, channels): half a shift, in standard deviations of a step
    level: Reals
    scale: Reals  # (shifts, signs, channels): of the threshold, where healthy levels reach further
    pull: Reals = field(init=False)  # sum of surprise / variance since a level was last zero
    weight: Reals = field(init=False)  # sum of 1 / variance since then

    def __post_init__(self) -> None:
        self.pull = np.zeros(self.level.shape[1:])
        self.weight = np.zeros(self.level.shape[1:])

    def step(self, surprise: Reals, variance: Reals) -> None:
        """Take one step of all devices; NaN leaves a cell as it is."""
        known = np.isfinite(surprise)
        seen, inverse = np.where(known, surprise, 0.0), np.where(known, 1 / variance, 0.0)
        ratio = seen * inverse
        for i, shift in enumerate(self.shifts):
            for j, sign in enumerate(SIGNS):
                grown = self.level[i, j] + self.eta[i, j] * (
                    shift * sign * ratio - shift**2 / 2 * inverse
                )
                high = KEPT * self.threshold[i] * self.scale[i, j]
                np.clip(grown, 0.0, high, out=self.level[i, j])
        alive = self.level.max(axis=0) > 0
        self.pull = np.where(alive, self.pull + ratio, 0.0)
        self.weight = np.where(alive, self.weight + inverse, 0.0)

    def excess(self) -> Reals:
        """Return (signs, devices, channels): the level in thresholds, the largest over shifts."""
        high = self.threshold[:, None, :] * self.scale
        return np.asarray((self.level / high[:, :, None, :]).max(axis=0))

    def effect(self) -> tuple[Reals, Reals]:
        """Return the size since it began and its standard error, (signs, devices, channels)."""
        weight = np.maximum(self.weight, 1e-12)
        return self.pull / weight, 1 / np.sqrt(weight)

    def restart(self, devices: np.ndarray) -> None:
        """Forget some devices (indices)."""
        self.level[:, :, devices] = 0.0


def new_cusums(
    shifts: tuple[float, ...], eta: Reals, variance: Reals, devices: int, quiet: float
) -> Cusums:
    """Return CUSUMs that are quiet for `quiet` steps on average, each, in healthy life.

    `variance` is the usual variance of a surprise by channel, `eta` (shifts, signs, channels).
    """
    sizes = np.array(shifts)[:, None]
    half = sizes / (2 * np.sqrt(variance / eta.min(axis=1)))
    level = np.zeros((len(shifts), len(SIGNS), devices, variance.size))
    scale = np.ones((len(shifts), len(SIGNS), variance.size))
    return Cusums(shifts, eta, threshold(half, quiet), half, level, scale)


def run_length(high: Reals, half: Reals) -> Reals:
    """Return the mean steps until a CUSUM with nothing to find reaches `high` nats: Siegmund's
    (e^x - x - 1) / (2 half^2) with x = high + 2.332 half.
    """
    x = high + 2 * SIEGMUND * half
    return np.asarray((np.exp(np.minimum(x, NATS_MAX)) - x - 1) / (2 * half**2))


def threshold(half: Reals, quiet: float | Reals) -> Reals:
    """Return the level in nats whose `run_length` is `quiet` steps; at least one."""
    x = np.full(half.shape, 10.0)
    for _ in range(60):
        x = np.log(2 * half**2 * quiet + x + 1)
    return np.asarray(np.maximum(x - 2 * SIEGMUND * half, 1.0))


def measured_eta(surprise: Reals, variance: Reals, shifts: tuple[float, ...]) -> Reals:
    """Return (shifts, signs, channels): the decay rate of healthy CUSUMs as the fleet shows it.

    Inputs are (steps, devices, channels); NaN counts as no increment.
    """
    devices = surprise.shape[1]
    some = np.unique(np.linspace(0, devices - 1, min(devices, DEVICES_MAX)).astype(int))
    seen, spread = surprise[:, some].astype(np.float64), variance[:, some].astype(np.float64)
    found = np.ones((len(shifts), len(SIGNS), surprise.shape[2]))
    for i, shift in enumerate(shifts):
        for j, sign in enumerate(SIGNS):
            pushed = np.nan_to_num(shift * sign * seen / spread)
            drift = np.where(np.isfinite(seen), shift**2 / 2 / spread, 0.0)
            for size in BLOCKS:
                if len(pushed) >= 2 * size:
                    found[i, j] = np.minimum(found[i, j], _root(pushed, drift, size))
    return np.maximum(found, ETA_MIN)


def _root(pushed: Reals, drift: Reals, size: int) -> Reals:
    """The largest eta at which sums of `size` increments do not grow: as measured, and as their
    variance says. The variance is of what is random only: the drift differs between devices.
    """
    push, pull = _summed(pushed, size), _summed(drift, size)
    across = push.shape[1] >= 8
    spread = push.var(axis=1, ddof=1).mean(axis=0) if across else push.var(axis=(0, 1), ddof=1)
    samples = push.shape[0] * push.shape[1]
    spread = spread * (1 + 2 * np.sqrt(2 / samples))  # two standard errors, to be safe
    mean = (pull - push).mean(axis=(0, 1))
    gaussian = np.clip(2 * mean / np.maximum(spread, 1e-12), ETA_MIN, 1.0)
    found = np.full(push.shape[2], ETA_MIN)
    left = np.ones(push.shape[2], bool)
    for eta in GRID:
        grown = np.exp(np.minimum(eta * (push - pull)[:, :, left], 50.0)).mean(axis=(0, 1))
        ok = np.flatnonzero(left)[grown <= 1.0]
        found[ok] = eta
        left[ok] = False
        if not left.any():
            break
    return np.asarray(np.minimum(found, gaussian))


def _summed(values: Reals, size: int) -> Reals:
    whole = len(values) // size
    part = values[-whole * size :].reshape(whole, size, *values.shape[1:])
    return np.asarray(part.sum(axis=1))
