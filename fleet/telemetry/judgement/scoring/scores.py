"""From a step's counts to a few scores a device: location, spread, shares, confidence, errors.

Guarantees: only shares of counts are used, and a device that counts more than the fleet gains no
weight; a score's slope is about one per standard deviation of what it measures.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fleet.telemetry.judgement.common import common_mode
from fleet.telemetry.judgement.layout import Columns, Reals
from fleet.telemetry.judgement.limits import SAMPLES_MIN, SPREAD_MIN
from fleet.telemetry.judgement.scoring.mixes import CLASSES_MIN, mix_weights

CLASSES_WATCHED = 12  # the most frequent classes; others move these when they move much
SHARE_MIN = 0.01  # of a class that is watched


@dataclass(frozen=True)
class Channel:
    """One score: its name for people and what it is of (location, spread, share, mix, errors)."""

    name: str
    kind: str


@dataclass(frozen=True)
class Scores:
    """`values` (devices, channels); `noise` is how much larger than usual their variance is."""

    values: Reals
    noise: Reals
    seen: np.ndarray  # bool, devices: enough inferences in this step


@dataclass(frozen=True)
class Scorer:
    """Fixed weights from the fleet's first day: scores of different days are comparable."""

    columns: Columns
    channels: tuple[Channel, ...]
    weights: Reals  # (total, distributions): normal scores of each bin
    means: Reals  # (total, distributions): one where a bin belongs to the distribution
    watched: tuple[int, ...]  # classes
    shares: Reals  # usual share of each watched class
    mixes: Reals  # (classes, mixes): weights of the shares, in the same units
    rate: float  # usual inferences of a device in a step

    def scores(self, rows: Reals) -> Scores:
        """Return the scores of all devices in one step; `rows` is (devices, total)."""
        found, held = _moments(rows, self.weights, self.means)
        samples = self.columns.samples(rows)
        shares = self._shares(rows)
        shares = np.concatenate([shares, shares @ self.mixes], axis=1)
        errors = [_rate(rows[:, at], samples) for at in self._counters]
        values = np.concatenate([*found, shares, np.stack(errors, axis=1)], axis=1)
        tried = samples + rows[:, self.columns.errors] + rows[:, self.columns.invalid]
        noise = np.ones_like(values) * np.maximum(self.rate / np.maximum(tried, 1.0), 1.0)[:, None]
        width = self.weights.shape[1]
        larger = np.tile(self._share_noise(rows), shares.shape[1] // max(len(self.watched), 1))
        noise[:, 2 * width : 2 * width + shares.shape[1]] *= larger
        values[:, : 2 * width][np.tile(held <= 0, (1, 2))] = np.nan
        return Scores(values, noise, tried >= SAMPLES_MIN)

    @property
    def families(self) -> np.ndarray:
        """By channel, a number that scores of the same distribution share; all classes one."""
        names = ["classes" if c.kind in ("share", "mix") else c.name for c in self.channels]
        return np.array([names.index(name) for name in names])

    @property
    def _counters(self) -> tuple[int, int]:
        return (self.columns.errors, self.columns.invalid)

    def _shares(self, rows: Reals) -> Reals:
        table = self.columns.table(rows).sum(axis=-1)
        total = table.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(total > 0, table / total, np.nan)[:, list(self.watched)]
        return np.asarray(share / np.sqrt(self.shares * (1 - self.shares)))

    def _share_noise(self, rows: Reals) -> Reals:
        """A share's variance follows its level: the fleet's in this hour over its usual one."""
        table = self.columns.table(rows).sum(axis=-1)
        each = table / np.maximum(table.sum(axis=1, keepdims=True), 1.0)
        heard = table.sum(axis=1) > 0
        mean = common_mode(np.where(heard[:, None], each, np.nan))[list(self.watched)]
        level = np.where(mean > 0, np.clip(mean, self.shares / 4, 0.995), self.shares)
        return np.asarray(level * (1 - level) / (self.shares * (1 - self.shares)))


def scorer(columns: Columns, fleet: Reals, reference: Reals, rate: float, classes: Reals) -> Scorer:
    """Return weights from the fleet's counts, with the reference's shares as half a device-hour.

    `classes` (steps, devices, classes) is what was predicted in the fleet's first day.
    """
    names, weights, means = [], [], []
    for name, where in _distributions(columns):
        known = _one_distribution(columns, fleet, where)
        prior = _one_distribution(columns, reference, where)
        p = known + prior / max(prior.sum(), 1.0) * max(0.5 * rate, 1.0) + 1e-9
        if (p > 0.002 * p.sum()).sum() < 2:
            continue  # one value only: nothing to score until another appears
        names.append(name)
        weights.append(_spread(columns, where, _normal_scores(p)))
        means.append(_spread(columns, where, np.ones(p.size)))
    watched, shares = _watched(columns, fleet)
    channels = [Channel(name, "location") for name in names]
    channels += [Channel(name, "spread") for name in names]
    channels += [Channel(f"class {columns.classes[k]}", "share") for k in watched]
    mixes = _mixes(classes[..., list(watched)], classes.sum(axis=-1), shares, rate)
    mixed = watched[: mixes.shape[1]]
    channels += [Channel(f"class mix {columns.classes[k]}", "mix") for k in mixed]
    channels += [Channel("errors", "errors"), Channel("invalid", "errors")]
    empty = np.zeros((columns.total, 0))
    return Scorer(
        columns,
        tuple(channels),
        np.stack(weights, axis=1) if weights else empty,
        np.stack(means, axis=1) if means else empty,
        watched,
        shares,
        mixes,
        rate,
    )


def _distributions(columns: Columns) -> list[tuple[str, slice]]:
    confidence = [("confidence", columns.confidences)] if columns.classes else []
    return [*columns.features, *confidence, ("latency", columns.latency)]


def _one_distribution(columns: Columns, row: Reals, where: slice) -> Reals:
    if where == columns.confidences:
        return np.asarray(columns.table(row).sum(axis=-2))
    return row[where]


def _spread(columns: Columns, where: slice, bins: Reals) -> Reals:
    full = np.zeros(columns.total)
    full[where] = np.tile(bins, len(columns.classes)) if where == columns.confidences else bins
    return full


def _normal_scores(p: Reals) -> Reals:
    """Mean of a standard normal in each bin, standardised under p."""
    share = p / p.sum()
    inner = np.clip(np.cumsum(share)[:-1], 1e-12, 1 - 1e-12)
    at = np.array([NormalDist().inv_cdf(float(each)) for each in inner])
    density = np.concatenate([[0.0], np.exp(-0.5 * at**2) / np.sqrt(2 * np.pi), [0.0]])
    found = np.clip((density[:-1] - density[1:]) / share, -5, 5)
    found -= (found * share).sum()
    return np.asarray(found / np.sqrt(max((found**2 * share).sum(), 1e-12)))


def _watched(columns: Columns, fleet: Reals) -> tuple[tuple[int, ...], Reals]:
    if not columns.classes:
        return (), np.zeros(0)
    table = columns.table(fleet).sum(axis=-1)
    shares = table / max(float(table.sum()), 1.0)
    order = [int(k) for k in np.argsort(-shares)[:CLASSES_WATCHED]]
    watched = tuple(k for k in order if SHARE_MIN <= shares[k] <= 1 - SHARE_MIN)
    return watched, shares[list(watched)]


def _mixes(watched: Reals, total: Reals, usual: Reals, rate: float) -> Reals:
    """Weights of the shares as they are scored: each over the deviation of one inference."""
    if usual.size < CLASSES_MIN:
        return np.zeros((usual.size, 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(total[..., None] > 0, watched / total[..., None], np.nan)
    deviation = np.sqrt(usual * (1 - usual))
    return np.asarray(mix_weights(shares, usual, rate) * deviation[:, None] / deviation)


def _moments(rows: Reals, weights: Reals, means: Reals) -> tuple[tuple[Reals, Reals], Reals]:
    """Location, and spread about the step's own mean; the cube root makes the spread normal
    (Wilson and Hilferty).
    """
    held = rows @ means
    with np.errstate(invalid="ignore", divide="ignore"):
        location = (rows @ weights) / held
        second = ((rows @ weights**2) / held - location**2) * held / np.maximum(held - 1, 1)
    second = np.where(held >= SPREAD_MIN, second, np.nan)
    return (location, 3 * np.cbrt(np.maximum(second, 0.0))), held


def _rate(counted: Reals, samples: Reals) -> Reals:
    """A share of failures with a variance that does not depend on it (Anscombe), in sd of one."""
    tried = counted + samples
    return np.asarray(2 * np.arcsin(np.sqrt(np.clip((counted + 0.375) / (tried + 0.75), 0, 1))))
