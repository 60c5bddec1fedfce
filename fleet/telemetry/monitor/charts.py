"""What the console and the REST API draw: reference against live, PSI over time, latency,
prediction mix.

Guarantees: plain JSON; every figure carries the number of samples behind it; a part without enough
data says how many are missing instead of showing noise.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from django.conf import settings

from device_agent.protocol.schema import TelemetrySchema as Parsed
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry import selectors
from fleet.telemetry.drift.compare import Distribution
from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.judge import Judged, judge
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.latency import quantiles
from fleet.telemetry.ingest.counts.layout import CONFIDENCE, LATENCY, PREDICTION, Whole
from fleet.telemetry.ingest.counts.units import unit
from fleet.telemetry.models import Rollup, TelemetrySchema
from fleet.telemetry.monitor.accuracy import estimated
from fleet.telemetry.monitor.thresholds import limits
from registry.models import ModelVersion

Chart = dict[str, Any]


def version_drift(
    version: ModelVersion, *, since: datetime | None = None, at: datetime | None = None
) -> Chart | None:
    """Return everything about a version's drift, or None before its release was published.

    `at` chooses one bucket of the series: its counts alone are compared with the reference.
    """
    schema = selectors.schema_latest(version)
    if schema is None:
        return None
    since = since or window_start()
    rows = selectors.version_series(schema, since)
    shown = [row for row in rows if at is None or row.bucket_at == at]
    length = counts.schema_of(schema.document).layout.total
    live = counts.total((counts.load(row.counts) for row in shown), length)
    samples = sum(row.samples for row in shown)
    return chart_of(schema, live, samples, limits().min_samples) | {
        "devices": selectors.devices_reporting(schema, since),
        "since": since.isoformat(),
        "at": at.isoformat() if at and shown else None,
        "series": series(schema, rows),
        "estimated_accuracy": estimated(version, counts.schema_of(schema.document), live),
    }


def device_summary(device: Device) -> Chart | None:
    """Return how a device's inputs look in the window, or None while it reported nothing."""
    last = selectors.device_reports(device).first()
    if last is None:
        return None
    since = window_start()
    row, samples = device_total(device, last.schema, since)
    return chart_of(last.schema, row, samples, limits().min_device_samples) | {
        "since": since.isoformat(),
        "last_report_at": last.received_at.isoformat(),
        "windows_lost": selectors.windows_lost(device),
        "gauges": last.gauges,
    }


def device_total(device: Device, schema: TelemetrySchema, since: datetime) -> tuple[Whole, int]:
    """Return a device's counts since then."""
    rows = selectors.device_counts(schema, since, keys=[device.public_id])
    empty = np.zeros(counts.schema_of(schema.document).layout.total, np.uint64)
    return rows.get(device.public_id, (empty, 0))


def series(schema: TelemetrySchema, rows: Sequence[Rollup]) -> list[Chart]:
    """Return debiased PSI per distribution and latency, a point for each bucket."""
    parsed = counts.schema_of(schema.document)
    reference = counts.reference(parsed, schema.reference.counts)
    return [
        point_of(parsed, reference, row.bucket_at, counts.load(row.counts), row.samples)
        for row in rows
    ]


def window_start() -> datetime:
    """Return where the window that is judged begins."""
    window = timedelta(seconds=settings.EDGEFLEET_DRIFT_WINDOW_SECONDS)
    return bucket(clock.now() - window, settings.EDGEFLEET_ROLLUP_SECONDS)


def point_of(
    parsed: Parsed, reference: list[Distribution], at: datetime, row: Whole, samples: int
) -> Chart:
    """Return one bucket of a series: debiased PSI per distribution, latency, samples."""
    judged = _judge(parsed, reference, row, samples, 0)
    found = judged.findings if judged else ()
    return {
        "at": at.isoformat(),
        "samples": samples,
        "psi": {each.comparison.name: round(each.comparison.psi.debiased, 4) for each in found},
        "latency_us": quantiles(row[parsed.layout.latency]),
    }


def chart_of(schema: TelemetrySchema, row: Whole, samples: int, needed: int) -> Chart:
    """Return counts against their reference; `needed` samples are judged, fewer only shown."""
    parsed = counts.schema_of(schema.document)
    reference = counts.reference(parsed, schema.reference.counts)
    judged = _judge(parsed, reference, row, samples, needed)
    live = counts.parts(parsed, row)
    return {
        "schema_id": schema.schema_id,
        "model": parsed.model,
        "version": parsed.version,
        "samples": samples,
        "needed": max(0, needed - samples),
        "features": [
            _feature(parsed, each, live, judged)
            for each in reference
            if each.name not in {PREDICTION, CONFIDENCE}
        ],
        "prediction": _named(reference, PREDICTION, live, judged, list(parsed.classes)),
        "confidence": _named(reference, CONFIDENCE, live, judged, _sixteenths()),
        "latency_us": quantiles(live[LATENCY]),
        "counters": _counters(parsed, row),
    }


def _feature(
    parsed: Parsed, each: Distribution, live: dict[str, Any], judged: Judged | None
) -> Chart:
    edges = next(feature.edges for feature in parsed.features if feature.name == each.name)
    return _bars(each, live, judged, _bin_names(edges)) | {"edges": list(edges)}


def _named(
    reference: list[Distribution],
    name: str,
    live: dict[str, Any],
    judged: Judged | None,
    bins: list[str],
) -> Chart | None:
    found = next((each for each in reference if each.name == name), None)
    return _bars(found, live, judged, bins) if found else None


def _bars(
    each: Distribution, live: dict[str, Any], judged: Judged | None, bins: list[str]
) -> Chart:
    findings = judged.findings if judged else ()
    found = next((one for one in findings if one.comparison.name == each.name), None)
    comparison = found.comparison if found else None
    return {
        "name": each.name,
        "bins": bins,
        "reference": _shares(each.reference),
        "live": _shares(live[each.name]),
        "samples": int(live[each.name].sum()),
        "drifted": bool(found and found.drifted),
        "psi": round(comparison.psi.debiased, 4) if comparison else None,
        "psi_low": round(comparison.psi.low, 4) if comparison else None,
        "psi_high": round(comparison.psi.high, 4) if comparison else None,
        "p": comparison.p if comparison else None,
    }


def _judge(
    parsed: Parsed, reference: list[Distribution], row: Whole, samples: int, needed: int
) -> Judged | None:
    counted = unit(parsed, "live", row, samples)
    try:
        return judge(counted, reference, min_samples=needed, limits=limits())
    except NotEnoughData:
        return None


def _shares(row: Any) -> list[float]:
    total = float(np.sum(row)) or 1.0
    return [round(float(each) / total, 5) for each in row]


def _bin_names(edges: tuple[int, ...]) -> list[str]:
    if not edges:
        return ["all"]
    middle = [str(low) if high - low == 1 else f"{low}…{high - 1}" for low, high in pairwise(edges)]
    return [f"< {edges[0]}", *middle, f"≥ {edges[-1]}"]


def _sixteenths() -> list[str]:
    return [f"{each / 16:.2f}" for each in range(16)]


def _counters(parsed: Parsed, row: Whole) -> dict[str, int]:
    names = ("invalid", "below_min", "above_max", "errors", "dropped_windows")
    return {name: counts.counter(parsed, row, name) for name in names}
