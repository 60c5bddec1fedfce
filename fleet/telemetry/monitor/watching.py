"""The fleet of one version under watch: each device beside the others, by its own past.

Guarantees: judged once a bucket and process, from the rollups alone, so that it can be repeated; a
version whose devices have too little past is not judged, and nothing is alarmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np
from django.conf import settings

from fleet.lib import clock
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.drift.defaults import Thresholds
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.judgement.limits import QUIET_STEPS, Choices
from fleet.telemetry.judgement.telling.findings import DeviceAlarm
from fleet.telemetry.judgement.telling.found import Telling
from fleet.telemetry.judgement.watch import Setting, Watch
from fleet.telemetry.models import Rollup, TelemetrySchema
from fleet.telemetry.monitor import history
from fleet.telemetry.monitor.history import Grid

STEPS_MAX: Final = 28 * 24  # buckets of past: four weeks of hours
DEVICES_MAX: Final = 5000  # of one version that are watched; the others are judged by reference
_last: dict[int, tuple[Grid, "Watched"]] = {}


@dataclass(frozen=True)
class Watched:
    """Sentences by device and by label value; empty where nothing moved."""

    devices: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    shifts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of both
    doubts: tuple[str, ...] = ()  # what cannot be told of this fleet, and why


def watched(
    schema: TelemetrySchema, labels: Mapping[str, Mapping[str, object]], limits: Thresholds
) -> Watched:
    """Return what has moved at the end of the last whole bucket."""
    past = timedelta(seconds=STEPS_MAX * settings.EDGEFLEET_ROLLUP_SECONDS)
    grid = history.grid(clock.now() - past, STEPS_MAX)
    known = _last.get(schema.pk)
    if known is not None and known[0] == grid:
        return known[1]
    found = _watch(schema, labels, limits, grid)
    _last[schema.pk] = (grid, found)
    return found


def _watch(
    schema: TelemetrySchema,
    labels: Mapping[str, Mapping[str, object]],
    limits: Thresholds,
    whole: Grid,
) -> Watched:
    rollups = Rollup.objects.filter(
        schema=schema, level=RollupLevel.DEVICE, bucket_at__gte=whole.first
    )
    first = rollups.order_by("bucket_at").values_list("bucket_at", flat=True).first()
    if first is None:
        return Watched()
    grid = history.grid(first, STEPS_MAX)
    if grid.steps <= QUIET_STEPS:
        return Watched()
    keys = list(rollups.order_by("key").values_list("key", flat=True).distinct()[:DEVICES_MAX])
    watch = watch_over(schema, keys, labels, limits, grid)
    if watch.found is None:
        return Watched()
    return replace(_sentences(watch.found, keys), doubts=tuple(watch.doubts()))


def watch_over(
    schema: TelemetrySchema,
    keys: list[str],
    labels: Mapping[str, Mapping[str, object]],
    limits: Thresholds,
    grid: Grid,
) -> Watch:
    """Run the judgement over the stored buckets of these devices; it found None in less than a day.

    Steps are the grid's, devices are numbered as in `keys`; a back-test runs the same.
    """
    parsed = counts.schema_of(schema.document)
    columns = history.columns(parsed)
    watch = Watch(
        Setting(
            columns,
            np.asarray(schema.reference.counts, np.float64),
            [history.labels_text(labels.get(key, {})) for key in keys],
            np.full(len(keys), -1),
            grid.hours,
            grid.start_hour,
            Choices(limits.monthly_alarms or None, limits.smallest_change),
        )
    )
    at = {key: i for i, key in enumerate(keys)}
    step, rows = 0, np.zeros((len(keys), columns.total), np.float32)
    for key, index, row in history.rows(schema.pk, grid, keys):
        while step < index:
            watch.step(rows, np.asarray(rows.any(axis=1)))
            step, rows = step + 1, np.zeros_like(rows)
        rows[at[key]] = row
    while step < grid.steps:
        watch.step(rows, np.asarray(rows.any(axis=1)))
        step, rows = step + 1, np.zeros_like(rows)
    return watch


def _sentences(told: Telling, keys: list[str]) -> Watched:
    alarms = [each for each in told.alarms if each.closed is None]
    labels = [each for each in told.incidents if each.level == "label" and each.closed is None]
    return Watched(
        {keys[each.device]: _sentence(each) for each in alarms},
        {
            each.cause: f"{each.evidence['channel']} moved {each.evidence['direction']}"
            for each in labels
        },
        {keys[each.device]: each.evidence() for each in alarms}
        | {each.cause: dict(each.evidence) for each in labels},
    )


def _sentence(each: DeviceAlarm) -> str:
    return (
        f"{each.channel} left its own past by {each.effect:+.2f} sd "
        f"({each.low:+.2f} to {each.high:+.2f})"
    )
