"""The fleet as metric families: by state, by version, by incident. No device is a label.

Guarantees: a bounded number of series (versions beyond `ROWS_MAX` are not named); read at most once
in `FRESH_SECONDS` by each process, however often it is scraped.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db.models import Count, Sum
from django.utils.module_loading import import_string
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import BucketSpan, NativeHistogram

from device_agent.protocol.schema import LATENCY_SCALE
from fleet.devices import selectors as devices
from fleet.lib import clock
from fleet.telemetry import selectors
from fleet.telemetry.figures.versions import InField, versions_in_field
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.latency import quantiles
from fleet.telemetry.models import Refusal
from fleet.telemetry.monitor.accuracy import estimated
from fleet.telemetry.monitor.charts import window_start

FRESH_SECONDS: Final = 15
FIRST_BUCKET: Final = 12  # 64 µs is 2^(12/2) µs: the devices' buckets are native ones of schema 1
VERSION: Final = ("model", "version")
_read: dict[str, tuple[datetime, list[Metric]]] = {}


def fleet_families() -> list[Metric]:
    """Return the fleet's families, at most FRESH_SECONDS old."""
    now = clock.now()
    known = _read.get("fleet")
    if known is None or now - known[0] >= timedelta(seconds=FRESH_SECONDS) or now < known[0]:
        known = _read["fleet"] = (now, list(read_families()))
    return known[1]


def read_families() -> Iterator[Metric]:
    """Read all families anew."""
    rollouts: Callable[[], Mapping[str, int]] = import_string(settings.EDGEFLEET_ROLLOUT_STATES)
    yield _by("edgefleet_devices", "Devices by state.", "state", devices.device_states())
    yield _by("edgefleet_rollouts", "Rollouts by state.", "state", rollouts())
    active = selectors.incidents(active=True).order_by().values_list("severity")
    severities = dict(active.annotate(n=Count("pk")))
    yield _by("edgefleet_incidents_active", "Active incidents.", "severity", severities)
    refused = Refusal.objects.order_by().values_list("code").annotate(n=Sum("windows"))
    windows = CounterMetricFamily(
        "edgefleet_windows_refused", "Windows of devices refused.", labels=["reason"]
    )
    for reason, count in refused:
        windows.add_metric([reason], count)
    yield windows
    yield from _by_version([each for each in versions_in_field() if each.version])


def _by(name: str, told: str, label: str, found: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for key, value in sorted(found.items()):
        family.add_metric([str(key)], value)
    return family


def _by_version(rows: list[InField]) -> Iterator[Metric]:
    shown = {
        "edgefleet_version_devices": ("Accepted devices that run it.", "devices"),
        "edgefleet_version_reporting": ("Devices that reported lately.", "reporting"),
        "edgefleet_version_inferences": ("Inferences in the judged window.", "inferences"),
        "edgefleet_version_incidents": ("Active incidents.", "incidents"),
    }
    for name, (told, attribute) in shown.items():
        family = GaugeMetricFamily(name, told, labels=VERSION)
        for each in rows:
            family.add_metric(_names(each), getattr(each, attribute))
        yield family
    yield from _from_counts(rows)


def _from_counts(rows: list[InField]) -> Iterator[Metric]:
    accuracy = GaugeMetricFamily(
        "edgefleet_version_estimated_accuracy",
        "Accuracy estimated from confidences; it cannot see a changed meaning of the labels.",
        labels=VERSION,
    )
    latency = GaugeMetricFamily(
        "edgefleet_version_latency_seconds",
        "Time of one inference.",
        labels=[*VERSION, "quantile"],
    )
    native = Metric("edgefleet_inference_microseconds", "Time of one inference.", "gaugehistogram")
    for each in rows:
        schema = selectors.schema_latest(each.version) if each.version else None
        if each.version is None or schema is None or not each.inferences:
            continue
        parsed, names = counts.schema_of(schema.document), _names(each)
        series = selectors.version_series(schema, window_start())
        live = counts.total((counts.load(row.counts) for row in series), parsed.layout.total)
        found = estimated(each.version, parsed, live)
        if found:
            accuracy.add_metric(names, found["accuracy"])
        buckets = live[parsed.layout.latency].astype(np.int64)
        for name, value in quantiles(buckets).items():
            if value is not None:
                share = f"0.{name[1:]}"
                latency.add_metric([*names, share], value / 1e6)
        labels: dict[str, Any] = dict(zip(VERSION, names, strict=True))
        native.add_sample(native.name, labels, 0.0, native_histogram=_histogram(buckets))
    yield from (accuracy, latency, native)


def _histogram(buckets: np.ndarray) -> NativeHistogram:
    """Return latencies as a native histogram in µs; the lowest bucket holds all below it."""
    middles = 2.0 ** ((np.arange(buckets.size) + FIRST_BUCKET - 0.5) / 2**LATENCY_SCALE)
    deltas = np.diff(buckets, prepend=0)
    return NativeHistogram(
        count_value=float(buckets.sum()),
        sum_value=float((middles * buckets).sum()),
        schema=LATENCY_SCALE,
        zero_threshold=0.0,
        zero_count=0.0,
        pos_spans=[BucketSpan(FIRST_BUCKET, int(buckets.size))],
        pos_deltas=[int(each) for each in deltas],
    )


def _names(row: InField) -> list[str]:
    return [row.version.model.name, row.version.label] if row.version else ["", ""]
