"""The first week of scores: variances and CUSUM exponents are learnt from it, again each day."""

from dataclasses import dataclass, field, replace

import numpy as np

from fleet.telemetry.judgement import limits
from fleet.telemetry.judgement.components import Components, Past, components
from fleet.telemetry.judgement.cusum import Cusums, measured_eta, new_cusums
from fleet.telemetry.judgement.filtering import OFFSET, Filter, new_filter
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.relearn.tails import Tails
from fleet.telemetry.judgement.scoring.scores import Scores
from fleet.telemetry.judgement.votes import Ballot

UNSURE_ETA = 0.7  # before the exponents can be measured
FEW_OFFSET = 0.15  # variance that the spread of very few inferences may be off by
CAUTION = 0.6  # of a threshold, at most, for each of two reasons
WANDERS, LOADINGS = 0.05, 0.05  # variances at which it is half of that
UNSURE_SCALE = 1.2  # of thresholds, so long
FAR = 4.0  # standard deviations; normal surprises are beyond it 63 times in a million
FAR_SHARE = 5e-4
LONG_TAILED = 2.5  # standard deviations


@dataclass(frozen=True)
class Learns:
    """Cells (devices, channels) that learn anything, and those whose level does: not what is
    harmed, and not what is suspected.
    """

    all: np.ndarray
    level: np.ndarray


@dataclass
class Learner:
    """Scores without the common mode, step by step, until the week is full."""

    waves: Reals  # (LEARN_STEPS, 2)
    step_hours: float
    run_length: float  # steps between two false alarms of one CUSUM
    shifts: tuple[float, ...]
    floor: Reals
    peers: bool
    families: np.ndarray  # (channels): equal numbers are scores of the same distribution
    spreads: np.ndarray  # bool (channels): scores of a spread
    residuals: list[np.ndarray] = field(default_factory=list)
    inflation: list[np.ndarray] = field(default_factory=list)
    modes: list[Reals] = field(default_factory=list)
    learns: list[Learns] = field(default_factory=list)

    @property
    def due(self) -> bool:
        """Whether a day of steps is full."""
        return len(self.residuals) % limits.DAY == 0

    @property
    def done(self) -> bool:
        """Whether the week is full."""
        return len(self.residuals) >= limits.LEARN_STEPS

    def add(self, residual: Reals, scores: Scores, mode: Reals, learns: Learns) -> None:
        """Keep one step."""
        self.residuals.append(residual.astype(np.float32))
        self.inflation.append(scores.noise.astype(np.float32))
        self.modes.append(mode)
        self.learns.append(learns)

    def fit(self, starts: np.ndarray) -> "Fitted":
        """Learn, and run the filter and the CUSUMs over the whole past again.

        `starts` is the step at which each device began
        with its version.
        """
        past = self._past()
        parts = self._answers(components(past))
        bound = np.full(self.floor.shape, np.inf if self.done else LONG_TAILED)
        surprise, variance, filtered = self._run(parts, past, starts, bound)
        if self.done:
            bound = self._bound(surprise, variance)
        if self.done and np.isfinite(bound).any():
            surprise, variance, filtered = self._run(parts, past, starts, bound)
        eta = self._eta(surprise, variance)
        usual = np.nanmedian(np.nan_to_num(variance[-1], nan=1.0), axis=0)
        devices = surprise.shape[1]
        cusums = new_cusums(self.shifts, eta, usual, devices, self.run_length)
        cusums.threshold *= self._caution(parts, past.mode)
        if len(surprise) < limits.TRUSTED_STEPS:
            cusums.scale *= UNSURE_SCALE
        ballot = Ballot(devices, surprise.shape[2])
        tails = Tails(cusums.level.shape, max(round(limits.DAY / self.step_hours), 1))
        for step in range(len(surprise)):
            old = step >= starts + limits.QUIET_STEPS
            seen = np.where(old[:, None], surprise[step], np.nan)
            cusums.step(seen, variance[step])
            tails.add(cusums)
            ballot.add(seen / np.sqrt(variance[step]))
        return Fitted(filtered, cusums, ballot, tails, bound)

    def _answers(self, parts: Components) -> Components:
        """A spread answers what moves its distribution by the square, so about twice as unlike."""
        found = parts.loading.copy()
        for at in np.flatnonzero(self.spreads):
            same = parts.loading[self.families == self.families[at]]
            found[at] = max(found[at], min(4 * same.max(), limits.LOADING_MAX))
        return replace(parts, loading=found)

    def _caution(self, parts: Components, mode: Reals) -> Reals:
        """By how much thresholds rise where devices have slow weather of their own, or answer the
        fleet's in their own way, (channels): the model of either is a guess, and other scores of
        the same distribution answer differently again. An answer to a mode (steps, channels) that
        hardly moves, beside others of its distribution, says little.
        """
        power = (mode**2).sum(axis=0)
        unlike = (
            np.maximum(parts.loading - LOADINGS / 5, 0.0)
            * power
            / np.maximum(self._largest(power), 1e-12)
        )
        more = parts.wander / (parts.wander + WANDERS) + unlike / (unlike + LOADINGS)
        return np.asarray(1 + CAUTION * self._largest(more))

    def _largest(self, values: Reals) -> Reals:
        """Return for each channel the largest value of its distribution's scores."""
        return np.array([values[self.families == each].max() for each in self.families])

    def _bound(self, surprise: np.ndarray, variance: np.ndarray) -> Reals:
        """How far one step may push, in its standard deviations, (channels): no bound where the
        fleet's surprises are as normal as promised, LONG_TAILED where there are too many far ones,
        and before a whole week can tell.
        """
        healthy = self._healthy()
        with np.errstate(invalid="ignore"):
            far = healthy & (np.abs(surprise) > FAR * np.sqrt(variance))
        known = (healthy & np.isfinite(surprise)).sum(axis=0)
        # A device's far steps count once a day at most: nobody bounds the fleet alone.
        count = np.minimum(far.sum(axis=0), 1 + len(surprise) // limits.DAY).sum(axis=0)
        many = count > FAR_SHARE * known.sum(axis=0) + 3
        together = np.array([many[self.families == each].any() for each in self.families])
        return np.where(together, LONG_TAILED, np.inf)

    def _healthy(self) -> np.ndarray:
        return np.stack([each.level for each in self.learns])

    def _past(self) -> Past:
        modes = np.stack(self.modes)
        values = np.stack(self.residuals)
        healthy = self._healthy()
        return Past(
            residuals=np.where(healthy, values, np.nan),
            inflation=np.stack(self.inflation),
            mode=modes - modes.mean(axis=0),
            waves=self.waves[: len(modes)],
            floor=self.floor,
            step_hours=self.step_hours,
            peers=self.peers,
        )

    def _run(
        self, parts: Components, past: Past, starts: np.ndarray, bound: Reals
    ) -> tuple[np.ndarray, np.ndarray, Filter]:
        shape = past.residuals.shape
        found = new_filter(parts, shape[1], self.step_hours)
        found.cover[OFFSET, OFFSET] += self._unlike(past.inflation)
        surprise, variance = np.empty(shape, np.float32), np.empty(shape, np.float32)
        for step in range(shape[0]):
            new = np.flatnonzero(starts == step)
            if step and new.size:
                found.restart(new)
            one = found.step(
                self.residuals[step], past.inflation[step], past.mode[step], past.waves[step]
            )
            one = one.bounded(bound)
            found.learn(one, self.learns[step].all, self.learns[step].level)
            surprise[step], variance[step] = one.surprise, one.variance
        return surprise, variance, found

    def _unlike(self, inflation: np.ndarray) -> Reals:
        """More variance of the offsets of devices that infer less than the fleet does: the spread
        of a few inferences about their own mean is smaller, by as much as they depend.
        """
        fewer = 1 - 1 / np.median(inflation, axis=0)
        return np.asarray(FEW_OFFSET * fewer**2 * self.spreads)

    def _eta(self, surprise: np.ndarray, variance: np.ndarray) -> Reals:
        steps = len(surprise)
        if steps < limits.TRUSTED_STEPS:
            return np.full((len(self.shifts), 2, surprise.shape[2]), UNSURE_ETA)
        first = min(limits.TRUSTED_STEPS, steps - 2 * limits.DAY)
        healthy = self._healthy().all(axis=0)
        used = np.where(healthy, surprise[first:], np.nan)
        return measured_eta(used, variance[first:], self.shifts)


@dataclass(frozen=True)
class Fitted:
    """What goes on from here, step by step."""

    filter: Filter
    cusums: Cusums
    ballot: Ballot
    tails: Tails
    bound: Reals  # (channels)
