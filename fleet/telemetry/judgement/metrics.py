"""What a rollout is judged by: means a step and device of metrics that versions share.

Confidence, estimated accuracy, failed inferences, latency, memory and the mix of classes; each in
sd of one inference (memory: of a device), with a margin that the new version may lose at most
(`MARGINS`).

A new metric also has its unit in words (`UNITS` in
`fleet/console/present/judgement/trajectories.py`) and, where a plan can tell of it, its spread in
`power/rollouts.py`. What cannot be counted in a window goes the way of memory: `memory_kib` in
`fleet/telemetry/models/rollup.py`, `fleet/telemetry/ingest/counts/rollup.py`, `layout.py`,
`fleet/telemetry/monitor/history.py`, `fleet/telemetry/monitor/guarding.py`, and a replay's in
`fleet/telemetry/replay/windows.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fleet.telemetry.judgement.layout import Columns, Reals
from fleet.telemetry.judgement.limits import SAMPLES_MIN
from fleet.telemetry.judgement.scoring.scores import CLASSES_WATCHED, SHARE_MIN

MARGINS: Mapping[str, float] = {
    "confidence": 0.05,  # of the mean confidence
    "accuracy": 0.03,  # of the estimated accuracy
    "errors": 0.01,  # share of failed inferences
    "latency": 2.0,  # buckets: twice as long
    "memory": 1.0,  # octaves: twice as much
    "classes": 0.10,  # share of one class
}
ERRORS_USUAL = 0.005  # least share of errors for which a spread is assumed
UNIT_MIN = 0.02  # least sd of a confidence or an estimated accuracy
LATENCY_UNIT_MIN = 0.3  # buckets
MEMORY_UNIT = 0.1  # octaves: a process takes what it takes, give or take 7 %


@dataclass(frozen=True)
class Metric:
    """`harm` is the direction of harm: -1 a fall, +1 a rise, 0 either."""

    name: str
    harm: int
    margin: float  # natural units
    unit: float  # natural units in one sd

    @property
    def limit(self) -> float:
        """The margin in sd."""
        return self.margin / self.unit


@dataclass(frozen=True)
class Meter:
    """Reads the metrics off counts. `accuracy` is (classes, bins), None without a calibration."""

    columns: Columns
    metrics: tuple[Metric, ...]
    accuracy: Reals | None
    watched: tuple[int, ...] = field(default=())

    def read(self, rows: Reals) -> Reals:
        """Return (devices, metrics) in sd; NaN where there are too few inferences."""
        found: list[Reals] = []
        if self.columns.classes:
            table = self.columns.table(rows)
            held = table.sum(axis=(1, 2))
            found.append(_over((table @ _centres(table.shape[2])).sum(axis=1), held))
            if self.accuracy is not None:
                found.append(_over((table * self.accuracy).sum(axis=(1, 2)), held))
        failed = rows[:, self.columns.errors]
        samples = self.columns.samples(rows)
        found.append(_over(failed, failed + samples))
        latency = rows[:, self.columns.latency]
        buckets = np.arange(latency.shape[1], dtype=np.float64)
        found.append(_over(latency @ buckets, latency.sum(axis=1)))
        if self._told:
            memory = rows[:, self.columns.memory]
            found.append(np.where(memory > 0, np.log2(np.maximum(memory, 1.0)), np.nan))
        if self.columns.classes:
            shares = table.sum(axis=2)
            found += [_over(shares[:, k], held) for k in self.watched]
        units = np.array([each.unit for each in self.metrics])
        return np.asarray(np.stack(found, axis=1) / units)

    @property
    def _told(self) -> bool:
        return any(each.name == "memory" for each in self.metrics)

    def samples(self, rows: Reals) -> Reals:
        """Inferences tried by device."""
        return np.asarray(self.columns.samples(rows) + rows[:, self.columns.errors])

    @property
    def first_class(self) -> int:
        """Where the shares of the watched classes begin among the metrics."""
        return len(self.metrics) - len(self.watched)


def meter(
    columns: Columns, fleet: Reals, accuracy: Reals | None, margins: Mapping[str, float]
) -> Meter:
    """Return a meter whose units are the spread in `fleet`, the counts of its usual life."""
    given = {**MARGINS, **margins}
    metrics: list[Metric] = []
    watched: tuple[int, ...] = ()
    if columns.classes:
        table = columns.table(fleet) + 1e-9
        bins = table.sum(axis=0)
        spread = _sd(bins, _centres(bins.size))
        metrics.append(Metric("confidence", -1, given["confidence"], max(spread, UNIT_MIN)))
        if accuracy is not None:
            accuracy = np.broadcast_to(accuracy, table.shape)
            spread = _sd(table.ravel(), accuracy.ravel())
            unit = max(spread, UNIT_MIN)
            metrics.append(Metric("estimated accuracy", -1, given["accuracy"], unit))
    tried = max(float(columns.samples(fleet)) + float(fleet[columns.errors]), 1.0)
    share = max(float(fleet[columns.errors]) / tried, ERRORS_USUAL)
    metrics.append(Metric("errors", 1, given["errors"], float(np.sqrt(share * (1 - share)))))
    latency = fleet[columns.latency] + 1e-9
    spread = _sd(latency, np.arange(latency.size, dtype=np.float64))
    metrics.append(Metric("latency", 1, given["latency"], max(spread, LATENCY_UNIT_MIN)))
    if columns.memory is not None and fleet[columns.memory] > 0:
        metrics.append(Metric("memory", 1, given["memory"], MEMORY_UNIT))
    if columns.classes:
        watched, extra = _classes(columns.classes, table.sum(axis=1), given["classes"])
        metrics += extra
    return Meter(columns, tuple(metrics), accuracy, watched)


def _classes(
    names: Sequence[str], counts: Reals, margin: float
) -> tuple[tuple[int, ...], list[Metric]]:
    shares = counts / counts.sum()
    order = [int(k) for k in np.argsort(-shares)[:CLASSES_WATCHED]]
    watched = tuple(k for k in order if SHARE_MIN <= shares[k] <= 1 - SHARE_MIN)
    units = [float(np.sqrt(shares[k] * (1 - shares[k]))) for k in watched]
    made = [Metric(f"class {names[k]}", 0, margin, u) for k, u in zip(watched, units, strict=True)]
    return watched, made


def _centres(bins: int) -> Reals:
    return np.asarray((np.arange(bins) + 0.5) / bins)


def _over(total: Reals, held: Reals) -> Reals:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(held >= SAMPLES_MIN, total / held, np.nan))


def _sd(counts: Reals, values: Reals) -> float:
    share = counts / counts.sum()
    mean = (share * values).sum()
    return float(np.sqrt((share * (values - mean) ** 2).sum()))
