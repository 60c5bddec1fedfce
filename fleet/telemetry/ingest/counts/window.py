"""Reports themselves, summed per device since a moment that no bucket knows."""

from collections.abc import Collection
from datetime import datetime

import numpy as np

from fleet.telemetry.ingest.counts.layout import Whole
from fleet.telemetry.ingest.counts.unpack import unpacked
from fleet.telemetry.models import Report, TelemetrySchema


def device_counts(
    schema: TelemetrySchema,
    since: datetime,
    *,
    only: Collection[int] | None = None,
    exclude: Collection[int] = (),
) -> dict[str, tuple[Whole, int]]:
    """Return counts and samples of each device, by primary key, of windows that began since
    then.
    """
    rows = Report.objects.filter(schema=schema, closed_at__gte=since, opened_at__gte=since)
    rows = rows.exclude(device_id__in=exclude) if only is None else rows.filter(device_id__in=only)
    result: dict[str, tuple[Whole, int]] = {}
    for device_id, blob, samples in rows.values_list("device_id", "counts", "samples").iterator():
        row = unpacked(schema, blob)
        seen, before = result.get(str(device_id), (np.zeros_like(row), 0))
        result[str(device_id)] = (seen + row, before + samples)
    return result
