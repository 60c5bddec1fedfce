"""A rollout judged while it runs: updated against not yet updated devices over the same time, each
with its own past as baseline (difference in differences).

Every look is valid whenever it happens: half-widths are a normal mixture's confidence sequence
(Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon 2021). The reference of the training never fails a
rollout. What cannot be known is said: "inconclusive", because of what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace

import numpy as np

from fleet.lib.verdict import Verdict
from fleet.telemetry.judgement.effects import Effects, begin
from fleet.telemetry.judgement.huber import bounded_mean
from fleet.telemetry.judgement.layout import Columns, Reals
from fleet.telemetry.judgement.limits import LEARN_STEPS, QUIET_STEPS
from fleet.telemetry.judgement.metrics import Meter, Metric, meter

FAIL_ALPHA = 0.005  # of a healthy rollout ever failed, over all metrics and looks
PASS_ALPHA = 0.05  # of a bad one ever passed
TRIFLE = 0.5  # margins: less never fails a rollout
LIARS_FROM = 5  # canaries from which one liar can be bounded and paid for
APART = 4.5  # standard deviations between two canaries of a few: they disagree
EXTRA = 1.05  # variance for what is estimated from the fleet itself
DEVICES_MIN = 2
# Said before the reason of a look that passed while there was somebody to compare with.
WITH_CONTROLS = "while there were devices not updated, "


@dataclass(frozen=True)
class Reading:
    """One metric at one look, in natural units: the change with the half-widths to fail and to
    pass; `liar` is how far one device can move it.
    """

    metric: Metric
    change: float
    to_fail: float
    to_pass: float
    liar: float
    apart: str = ""  # canaries that disagree, in words

    @property
    def harm(self) -> float:
        """The change in the direction of harm."""
        return abs(self.change) if self.metric.harm == 0 else self.metric.harm * self.change

    @property
    def fails(self) -> bool:
        """Certainly worse, and by more than a trifle."""
        sure = self.harm - self.to_fail - self.liar > 0
        return sure and self.harm >= TRIFLE * self.metric.margin and not self.apart

    @property
    def passes(self) -> bool:
        """Certainly within the margin."""
        return self.harm + self.to_pass + self.liar < self.metric.margin and not self.apart


@dataclass(frozen=True)
class Look:
    """A verdict with its reasons in words and the readings behind it."""

    state: Verdict
    reasons: tuple[str, ...]
    readings: tuple[Reading, ...] = ()


@dataclass
class Guard:
    """Feed it every step, from before the update on; it answers once a device was updated.

    `updated` is the step at which each device's version changed, -1 never; it may be changed
    between steps as a rollout goes on.
    """

    columns: Columns
    updated: np.ndarray
    _: KW_ONLY
    step_hours: float = 1.0
    start_hour: float = 0.0
    accuracy: Reals | None = None
    accuracy_new: Reals | None = None  # of the new version, where it is calibrated otherwise
    margins: Mapping[str, float] = field(default_factory=dict)
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.at = -1
        self.last: Look | None = None
        self._passed: Look | None = None  # the last look that passed: one is valid at any time
        self._rows: list[tuple[np.ndarray, np.ndarray]] = []
        self._effects: Effects | None = None
        self._meter: Meter | None = None

    def step(self, rows: np.ndarray, present: np.ndarray) -> Look | None:
        """Take one step's counts (devices, total); return a look, None before an update."""
        self.at += 1
        begun = self.updated[self.updated >= 0]
        if begun.size == 0 or self.at < begun.min():
            self._rows.append((rows.astype(np.float32), present.copy()))
            del self._rows[:-LEARN_STEPS]
            return None
        if self._effects is None:
            self._begin()
        if self._effects is None or self._meter is None:
            self.last = Look(Verdict.INCONCLUSIVE, ("no device reported before the update",))
            return self.last
        counted = rows.astype(np.float64)
        values, samples = self._read(counted), self._meter.samples(counted)
        self._effects.step(self.at, np.where(present[:, None], values, np.nan), samples)
        if self.last is None or self.last.state is not Verdict.FAIL:
            self.last = self._look()
        return self.last

    def _read(self, counted: Reals) -> Reals:
        """Metrics of each device, by its own version's calibration."""
        if self._meter is None:
            raise ValueError("nothing was begun")
        old = self._meter.read(counted)
        if self.accuracy_new is None or self._meter.accuracy is None:
            return old
        shape = self._meter.accuracy.shape
        new = replace(self._meter, accuracy=np.broadcast_to(self.accuracy_new, shape))
        moved = (self.updated >= 0) & (self.updated <= self.at)
        return np.where(moved[:, None], new.read(counted), old)

    def _begin(self) -> None:
        if not any(present.any() for _, present in self._rows):
            return
        kept = [rows * present[:, None] for rows, present in self._rows]
        fleet = np.asarray(np.sum(kept, axis=(0, 1), dtype=np.float64))
        self._meter = meter(self.columns, fleet, self.accuracy, self.margins)
        past = [self._meter.read(rows.astype(np.float64)) for rows in kept]
        samples = [self._meter.samples(rows.astype(np.float64)) for rows in kept]
        first = self.at - len(past)
        self._effects = begin(
            np.stack(past),
            np.stack(samples),
            self.updated,
            first,
            step_hours=self.step_hours,
            start_hour=self.start_hour,
            classes=self._meter.first_class,
        )
        self._rows = []

    def _look(self) -> Look:
        effects, read = self._effects, self._meter
        if effects is None or read is None:
            raise ValueError("nothing was begun")
        new = effects.canaries
        heard = effects.information.max(axis=1) > 0
        canaries, controls = np.flatnonzero(new & heard), np.flatnonzero(~new & heard)
        if canaries.size < DEVICES_MIN:
            few = f"{canaries.size} updated devices reported, {DEVICES_MIN} are needed"
            return Look(Verdict.INCONCLUSIVE, (few,))
        if controls.size < DEVICES_MIN:
            return self._without_controls(controls.size)
        readings = self._readings(effects, read, canaries, controls)
        found = judged(readings, self._caveats(effects, canaries))
        if found.state is Verdict.PASS:
            self._passed = found
        return found

    def _without_controls(self, count: int) -> Look:
        if self._passed is not None:
            return replace(self._passed, reasons=(f"{WITH_CONTROLS}{self._passed.reasons[0]}",))
        if self.last is not None and self.last.readings:
            return self.last
        alone = f"{count} devices that are not updated report, {DEVICES_MIN} are needed to compare"
        return Look(Verdict.INCONCLUSIVE, (alone,))

    def _readings(
        self, effects: Effects, read: Meter, canaries: np.ndarray, controls: np.ndarray
    ) -> list[Reading]:
        size, info = effects.size, effects.information
        new, var_new, liar_new = bounded_mean(size[canaries], info[canaries])
        old, var_old, liar_old = bounded_mean(size[controls], info[controls])
        liar = (liar_new if canaries.size >= LIARS_FROM else 0 * liar_new) + liar_old
        weight = 1 / np.maximum((var_new + var_old) * EXTRA, 1e-12)
        typical = EXTRA * (1 / canaries.size + 1 / controls.size)
        mixtures = tuple(each / typical for each in effects.expected)
        wide = effects.inflation
        found = []
        for at, metric in enumerate(read.metrics):
            sides = 1 if metric.harm == 0 else 2
            alpha = sides * FAIL_ALPHA / len(read.metrics)
            rho = [float(each[at]) for each in mixtures]
            unit = metric.unit
            found.append(
                Reading(
                    metric,
                    float(new[at] - old[at]) * unit,
                    half_width(float(weight[at]), rho, alpha) * wide[at] * unit,
                    half_width(float(weight[at]), rho, 2 * PASS_ALPHA) * wide[at] * unit,
                    float(liar[at]) * unit,
                    self._apart(size[canaries, at], info[canaries, at], canaries),
                )
            )
        return found

    def _apart(self, size: Reals, info: Reals, canaries: np.ndarray) -> str:
        """Of a few canaries, name the two that cannot both be right."""
        if canaries.size >= LIARS_FROM or (info <= 0).any():
            return ""
        low, high = int(np.argmin(size)), int(np.argmax(size))
        if size[high] - size[low] <= APART * np.sqrt(1 / info[high] + 1 / info[low]):
            return ""
        return f"look at {self._name(canaries[low])} and {self._name(canaries[high])}"

    def _name(self, device: int) -> str:
        return self.names[device] if device < len(self.names) else f"device {device}"

    def _caveats(self, effects: Effects, canaries: np.ndarray) -> list[str]:
        new = canaries[effects.past_steps[canaries] < QUIET_STEPS]
        if new.size == 0:
            return []
        hours = QUIET_STEPS * self.step_hours
        who = f"{new.size} of {canaries.size} updated devices have"
        return [f"{who} less than {hours:.2g} h of past to be compared with"]


def half_width(weight: float, mixtures: Sequence[float], alpha: float) -> float:
    """Half-width of a confidence sequence for a mean known with information `weight`; each of the
    mixtures (information at which it is tightest) has its share of alpha, the tightest is taken.
    Infinite without information.
    """
    if weight <= 0:
        return float("inf")  # nothing is known of it
    found = [
        np.sqrt((weight + rho) / weight**2 * (np.log((weight + rho) / rho) + 2 * np.log(1 / a)))
        for rho in mixtures
        if rho > 0
        for a in (alpha / len(mixtures),)
    ]
    return float(min(found, default=np.inf))


def judged(readings: Sequence[Reading], caveats: Sequence[str] = ()) -> Look:
    """Decide from the readings alone."""
    failed = [each for each in readings if each.fails]
    if failed:
        return Look(Verdict.FAIL, tuple(_failed(each) for each in failed), tuple(readings))
    if all(each.passes for each in readings):
        worst = max(readings, key=lambda each: each.harm / each.metric.margin)
        return Look(Verdict.PASS, (_passed(worst),), tuple(readings))
    held = [_held(each) for each in readings if not each.passes]
    return Look(Verdict.INCONCLUSIVE, (*held, *caveats), tuple(readings))


def _failed(each: Reading) -> str:
    return (
        f"{each.metric.name} changed by {each.change:+.3f} (±{each.to_fail + each.liar:.3f}) "
        f"against devices not updated, {each.metric.margin:.3f} is the margin"
    )


def _passed(each: Reading) -> str:
    return (
        f"every metric is within its margin; closest is {each.metric.name} with "
        f"{each.change:+.3f} (±{each.to_pass + each.liar:.3f}), {each.metric.margin:.3f} is allowed"
    )


def _held(each: Reading) -> str:
    if each.apart:
        return f"updated devices disagree in {each.metric.name}: {each.apart}"
    return (
        f"{each.metric.name} changed by {each.change:+.3f}, known to "
        f"±{each.to_pass + each.liar:.3f} only, {each.metric.margin:.3f} is the margin"
    )
