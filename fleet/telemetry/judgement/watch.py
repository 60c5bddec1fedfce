"""The fleet under watch: one call a step; what was found is told at the level that explains it.

Guarantees: a device that alarms stops teaching its own baseline and the fleet's; devices that a
named label explains are not told again one by one; when more than a tenth of the fleet is under
suspicion without a label that explains it, the fleet is told to have moved, not its devices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fleet.telemetry.judgement import limits
from fleet.telemetry.judgement.common import common_mode
from fleet.telemetry.judgement.fleetwide import CommonMode
from fleet.telemetry.judgement.layout import Columns, Reals
from fleet.telemetry.judgement.limits import Choices
from fleet.telemetry.judgement.past import Fitted, Learner, Learns
from fleet.telemetry.judgement.power.doubts import doubts
from fleet.telemetry.judgement.relearn.weekdays import Weekdays
from fleet.telemetry.judgement.scoring.scores import Scorer, Scores, scorer
from fleet.telemetry.judgement.season import day_waves
from fleet.telemetry.judgement.telling.found import Telling
from fleet.telemetry.judgement.telling.silence import Silences, pairs_of
from fleet.telemetry.judgement.votes import labels_of

FLOOR = 0.5  # of the variance of independent draws: no channel is quieter
VOICE = 2.0  # medians of samples that a device counts for in the fleet's first histogram


@dataclass(frozen=True)
class Setting:
    """What does not change while a fleet is watched."""

    columns: Columns
    reference: Reals
    labels: Sequence[Mapping[str, str]]  # by device
    updated: np.ndarray  # step at which each device's version changed, -1 never
    step_hours: float
    start_hour: float
    choices: Choices = field(default_factory=Choices)

    @property
    def devices(self) -> int:
        """How many devices there are."""
        return len(self.labels)


class Watch:
    """State between steps."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.at = -1
        self.silences = Silences([pairs_of(each) for each in setting.labels], setting.step_hours)
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._live: _Live | None = None

    def step(self, rows: np.ndarray, present: np.ndarray) -> None:
        """Take one step's counts (devices, total) and which devices reported."""
        self.at += 1
        self.silences.step(present)
        if self._live is None:
            self._waiting.append((rows.astype(np.float32), present.copy()))
            if len(self._waiting) >= limits.QUIET_STEPS:
                self._begin()
            return
        self._live.step(rows.astype(np.float64), present)

    @property
    def found(self) -> "Telling | None":
        """What was told so far; None before the first day is over."""
        return self._live.telling if self._live else None

    def doubts(self) -> list[str]:
        """Return in words what cannot be told of this fleet, and why."""
        live = self._live
        if live is None or live.fitted is None or self.at + 1 < limits.LEARN_STEPS:
            return []
        return doubts(live.telling.channels, live.fitted.filter, live.fitted.cusums)

    def _begin(self) -> None:
        columns = self.setting.columns
        fleet, rate = _first_histogram(self._waiting, columns)
        classes = np.stack([columns.table(rows).sum(axis=-1) for rows, _ in self._waiting])
        score = scorer(columns, fleet, self.setting.reference, rate, classes)
        self._live = _Live(self.setting, score)
        for rows, present in self._waiting:
            self._live.step(rows.astype(np.float64), present)
        self._waiting = []


class _Live:
    """Everything from the second day on; the first day is run through it late."""

    def __init__(self, setting: Setting, score: Scorer) -> None:
        self._setting, self._score, self._at = setting, score, -1
        shape = (setting.devices, len(score.channels))
        run_length = _run_length(setting, shape)
        waves = day_waves(np.arange(limits.LEARN_STEPS), setting.step_hours, setting.start_hour)
        self._learner: Learner | None = Learner(
            waves,
            setting.step_hours,
            run_length,
            tuple(s for s in limits.SHIFTS if s >= min(setting.choices.smallest, 1.0)),
            np.full(shape[1], FLOOR / max(score.rate, 1.0)),
            peers=setting.devices >= limits.PEERS_MIN,
            families=score.families,
            spreads=np.array([each.kind == "spread" for each in score.channels]),
        )
        day = max(round(limits.DAY / setting.step_hours), 1)
        self._common = CommonMode(shape[1], day)
        self._weekdays = Weekdays(shape, day)
        self._starts = np.full(setting.devices, 1 << 30)
        self._seen_any = np.zeros(setting.devices, bool)
        self.fitted: Fitted | None = None
        self.telling = Telling(score.channels, labels_of(setting.labels), setting.choices.smallest)

    def step(self, rows: Reals, present: np.ndarray) -> None:
        self._at += 1
        scores = self._score.scores(rows)
        seen = scores.seen & present
        values = np.where(seen[:, None], scores.values, np.nan)
        changed = self._begin_devices(seen)
        mode = self._mode(values)
        centred = self._common.add(mode)
        level = values - mode
        residual = level - self._weekdays.usual
        learns = ~self.telling.harmed(residual.shape)
        calm = ~self.telling.suspected(residual.shape)
        self._advance(residual, scores, centred, Learns(learns, calm), changed)
        self._weekdays.add(level, calm)
        if self._learner is not None:
            self._learn(residual, scores, mode, Learns(learns, calm))
        if self.fitted is not None and self._at >= limits.QUIET_STEPS:
            self.telling.step(self._at, self.fitted, self._common.moved())

    def _begin_devices(self, seen: np.ndarray) -> np.ndarray:
        """Return devices that report first, or under another version: both begin anew."""
        first = seen & ~self._seen_any
        self._seen_any |= first
        begins = first | ((self._setting.updated == self._at) & self._seen_any)
        self._starts[begins] = self._at
        return np.flatnonzero(begins)

    def _mode(self, values: Reals) -> Reals:
        if self._learner is not None and not self._learner.peers:
            return np.zeros(values.shape[1])
        moved = self._setting.updated >= 0
        moved &= self._setting.updated <= self._at
        young = moved & (self._at < self._starts + limits.QUIET_STEPS)
        level = values
        if self.fitted is not None and moved.any():
            level = values - np.where(moved[:, None], self.fitted.filter.mean[0], 0.0)
        trusted = np.where(young[:, None] | self.telling.suspicious(values.shape), np.nan, level)
        enough = np.isfinite(trusted).sum(axis=0) >= limits.PEERS_MIN
        return np.where(enough, common_mode(trusted), self._common.expected())

    def _advance(
        self, residual: Reals, scores: Scores, mode: Reals, learns: Learns, changed: np.ndarray
    ) -> None:
        if self.fitted is None:
            return
        fitted = self.fitted
        if changed.size:
            fitted.filter.restart(changed)
            fitted.cusums.restart(changed)
            fitted.ballot.forget(changed)
        waves = day_waves(np.array([self._at]), self._setting.step_hours, self._setting.start_hour)
        fitted.filter.explain(self._weekdays.explained)
        one = fitted.filter.step(residual, scores.noise, mode, waves[0])
        one = one.bounded(fitted.bound)
        fitted.filter.learn(one, learns.all, learns.level)
        old = self._at >= self._starts + limits.QUIET_STEPS
        seen = np.where(old[:, None], one.surprise, np.nan)
        fitted.cusums.step(seen, one.variance)
        fitted.tails.add(fitted.cusums)
        fitted.ballot.add(seen / np.sqrt(one.variance))

    def _learn(self, residual: Reals, scores: Scores, mode: Reals, learns: Learns) -> None:
        learner = self._learner
        if learner is None:
            return
        learner.add(residual, scores, mode, learns)
        if learner.due:
            self.fitted = learner.fit(self._starts)
        if learner.done:
            self._learner = None


def _run_length(setting: Setting, shape: tuple[int, int]) -> float:
    """Steps between two false alarms of one CUSUM, from the budget of the whole fleet."""
    month = limits.MONTH / setting.step_hours
    each = shape[1] * len(limits.SHIFTS) * 2.0
    if shape[0] < limits.MANY_PEERS:
        each *= limits.FEW_CAUTION
    return month * each / setting.choices.device_alpha(shape[0])


def _first_histogram(
    waiting: list[tuple[np.ndarray, np.ndarray]], columns: Columns
) -> tuple[Reals, float]:
    """The fleet's counts of the first day, each device bounded, and the usual samples a step."""
    total = np.zeros(waiting[0][0].shape, np.float64)
    samples = []
    for rows, present in waiting:
        kept = rows.astype(np.float64) * present[:, None]
        total += kept
        samples.append(columns.samples(kept)[present])
    seen = np.concatenate(samples)
    seen = seen[seen >= limits.SAMPLES_MIN]
    rate = float(np.median(seen)) if seen.size else 1.0
    each = columns.samples(total)
    bound = VOICE * float(np.median(each[each > 0])) if (each > 0).any() else 1.0
    return (total * np.minimum(bound / np.maximum(each, 1.0), 1.0)[:, None]).sum(axis=0), rate
