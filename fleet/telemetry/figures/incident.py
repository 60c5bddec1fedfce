"""An incident's own picture: its devices only, from before its onset to its end.

Guarantees: a bounded number of devices and buckets, whatever the fleet; the picture says how many.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.conf import settings

from fleet.telemetry import selectors
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.layout import Whole
from fleet.telemetry.models import Incident, TelemetrySchema
from fleet.telemetry.monitor.charts import Chart, chart_of, point_of
from fleet.telemetry.monitor.thresholds import limits

BEFORE: Final = 24  # buckets drawn before the onset
AFTER: Final = 72  # buckets drawn from the onset on
DEVICES_DRAWN: Final = 50
Buckets = Mapping[datetime, tuple[Whole, int]]


def incident_chart(incident: Incident) -> Chart | None:
    """Return the incident's devices against the reference and against themselves before.

    None where nothing is kept of them: the version has no schema, or its devices sent nothing.
    """
    schema = selectors.schema_latest(incident.version)
    if schema is None:
        return None
    seconds = settings.EDGEFLEET_ROLLUP_SECONDS
    onset = bucket(incident.since, seconds)
    whole: list[str] = incident.evidence.get("devices", [])
    found = selectors.bucket_counts(
        schema,
        whole[:DEVICES_DRAWN],
        onset - timedelta(seconds=BEFORE * seconds),
        min(_end(incident), onset + timedelta(seconds=AFTER * seconds)),
    )
    return _chart(schema, found, onset, whole) if found else None


def _end(incident: Incident) -> datetime:
    return incident.resolved_at or incident.last_seen_at


def _chart(schema: TelemetrySchema, found: Buckets, onset: datetime, whole: list[str]) -> Chart:
    parsed = counts.schema_of(schema.document)
    reference = counts.reference(parsed, schema.reference.counts)
    since = [each for at, each in found.items() if at >= onset]
    before = [each for at, each in found.items() if at < onset]
    live = counts.total((row for row, _ in since), parsed.layout.total)
    past = counts.total((row for row, _ in before), parsed.layout.total)
    chart = chart_of(schema, live, sum(n for _, n in since), limits().min_device_samples)
    _beside(chart, counts.parts(parsed, past))
    return chart | {
        "devices": min(len(whole), DEVICES_DRAWN),
        "devices_whole": len(whole),
        "since": onset.isoformat(),
        "onset": onset.isoformat(),
        "samples_before": sum(n for _, n in before),
        "series": [
            point_of(parsed, reference, at, row, n) for at, (row, n) in sorted(found.items())
        ],
    }


def _beside(chart: Chart, past: Mapping[str, Any]) -> None:
    """Put each distribution as it was before the onset beside what it is."""
    named = (chart["prediction"], chart["confidence"], *chart["features"])
    for part in (each for each in named if each):
        row = np.asarray(past[part["name"]], np.float64)
        if row.sum():
            part["before"] = [round(float(each), 5) for each in row / row.sum()]
