"""Metrics as OTLP's JSON, for a collector that is pushed to. Pure.

The OpenTelemetry SDK counts by itself and would count a second time; what is counted already needs
only this document (`POST /v1/metrics`, the JSON encoding of OTLP/HTTP).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import NativeHistogram, Sample

CUMULATIVE: Final = 2  # AGGREGATION_TEMPORALITY_CUMULATIVE
Point = dict[str, Any]


def document(families: Iterable[Metric], at: datetime, resource: Mapping[str, str]) -> Point:
    """Return one export of all families at a moment; `resource` says whose they are."""
    nanoseconds = str(int(at.timestamp() * 1_000_000) * 1000)
    metrics = [each for family in families for each in _metrics(family, nanoseconds)]
    scope = {"scope": {"name": "edgefleet"}, "metrics": metrics}
    return {
        "resourceMetrics": [
            {"resource": {"attributes": _attributes(resource)}, "scopeMetrics": [scope]}
        ]
    }


def _metrics(family: Metric, at: str) -> Iterator[Point]:
    named = {"name": family.name, "description": family.documentation}
    samples = [each for each in family.samples if not each.name.endswith("_created")]
    if not samples:
        return
    if family.type in {"histogram", "gaugehistogram"}:
        yield from _histograms(named, samples, at)
        return
    points = [_point(each.labels, at) | {"asDouble": each.value} for each in samples]
    if family.type == "counter":
        total = {"dataPoints": points, "aggregationTemporality": CUMULATIVE, "isMonotonic": True}
        yield named | {"sum": total}
    else:
        yield named | {"gauge": {"dataPoints": points}}


def _histograms(named: Point, samples: Sequence[Sample], at: str) -> Iterator[Point]:
    grouped = [(labels, list(rows)) for labels, rows in groupby(samples, key=_without_bound)]
    native = [
        _point(dict(labels), at) | _exponential(each.native_histogram)
        for labels, rows in grouped
        for each in rows
        if each.native_histogram
    ]
    if native:
        points = {"dataPoints": native, "aggregationTemporality": CUMULATIVE}
        yield named | {"exponentialHistogram": points}
        return
    classic = [_point(dict(labels), at) | _explicit(rows) for labels, rows in grouped]
    yield named | {"histogram": {"dataPoints": classic, "aggregationTemporality": CUMULATIVE}}


def _explicit(rows: Sequence[Sample]) -> Point:
    """Turn buckets that hold all below them into buckets of their own."""
    held = [(each.labels["le"], int(each.value)) for each in rows if "le" in each.labels]
    told = {each.name.rpartition("_")[2]: each.value for each in rows if "le" not in each.labels}
    below = [0, *(count for _, count in held[:-1])]
    return {
        "count": str(int(told.get("count", 0))),
        "sum": told.get("sum", 0.0),
        "bucketCounts": [str(n - before) for (_, n), before in zip(held, below, strict=True)],
        "explicitBounds": [float(bound) for bound, _ in held if bound != "+Inf"],
    }


def _exponential(found: NativeHistogram) -> Point:
    """OTLP numbers a bucket by its lower end, Prometheus by its upper one, which is one more."""
    counts, so_far = [], 0
    for delta in found.pos_deltas or ():
        so_far += delta
        counts.append(str(so_far))
    offset = found.pos_spans[0].offset - 1 if found.pos_spans else 0
    return {
        "count": str(int(found.count_value)),
        "sum": found.sum_value,
        "scale": found.schema,
        "zeroCount": str(int(found.zero_count)),
        "positive": {"offset": offset, "bucketCounts": counts},
    }


def _without_bound(sample: Sample) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in sample.labels.items() if name != "le")


def _point(labels: Mapping[str, str], at: str) -> Point:
    return {"attributes": _attributes(labels), "timeUnixNano": at}


def _attributes(labels: Mapping[str, str]) -> list[Point]:
    return [{"key": key, "value": {"stringValue": str(value)}} for key, value in labels.items()]
