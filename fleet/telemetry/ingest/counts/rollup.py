"""Rollups: sums per device and per version in buckets of time.

Guarantees: a device's bucket is the sum of the reports that are in it at the time, summed anew,
so a late window changes it once and a repeated run changes nothing; a version's is the sum of its
devices' at every commit, moved by their changes; reports that arrive while it runs stay marked as
fresh for the next run. A batch costs a few statements for each bucket, whatever the fleet's size.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from device_agent.protocol.frame import Gauge, GaugeKind
from fleet.lib import clock
from fleet.lib.db import advisory_lock
from fleet.lib.jobs import turns
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.layout import Whole, schema_of
from fleet.telemetry.ingest.counts.unpack import unpacked_all
from fleet.telemetry.models import Report, Rollup, TelemetrySchema

BATCH_REPORTS: Final = 5000  # fresh reports of one batch
BATCH_ROWS: Final = 500  # sums of one statement
BUCKET_MAX: Final = timedelta(days=1)  # beyond the longest bucket that a setting can ask for
MEMORY: Final = Gauge(GaugeKind.MEMORY_KIB, 0, 0).name
REFRESH_TASK: Final = "fleet.telemetry.tasks.rollups_refresh"
LOCK_KEY: Final = 0x0EF1_50F7  # of the turn; any number that nobody else takes


class RollupSum(NamedTuple):
    """What windows add up to."""

    samples: int
    reports: int
    counts: Whole
    memory_kib: int | None = None  # the greatest of a device; nothing that could be added up

    def plus(self, other: "RollupSum") -> "RollupSum":
        """Return both together."""
        both = self.counts + other.counts
        most = max(self.memory_kib or 0, other.memory_kib or 0) or None
        return RollupSum(self.samples + other.samples, self.reports + other.reports, both, most)

    def minus(self, other: "RollupSum") -> "RollupSum":
        """Return this one without the other, which is a part of it."""
        rest = self.counts - other.counts
        return RollupSum(self.samples - other.samples, self.reports - other.reports, rest)


def rollups_refresh() -> int:
    """Recompute every bucket that has fresh reports and return how many reports those were."""
    return turns.drained(REFRESH_TASK, _refresh_batch)


def _refresh_batch() -> turns.Batch:
    # By bucket, so that a version's sum is computed once for many devices; served by the partial
    # index of fresh reports, so that old ones are not looked at.
    fresh = list(
        Report.objects.filter(rolled_up=False)
        .order_by("schema_id", "bucket_at", "pk")
        .values_list("pk", "schema_id", "device_id", "bucket_at")[:BATCH_REPORTS]
    )
    for schema_id in sorted({row[1] for row in fresh}):
        _refresh_schema(schema_id, [row for row in fresh if row[1] == schema_id])
    return turns.Batch(len(fresh), more=len(fresh) == BATCH_REPORTS)


@transaction.atomic
def _refresh_schema(schema_id: int, fresh: list[tuple[int, int, int, datetime]]) -> None:
    # One at a time: of two runs over one bucket, the one that read less must not write last.
    advisory_lock(LOCK_KEY)
    schema = TelemetrySchema.objects.select_related("version").get(pk=schema_id)
    for at in sorted({row[3] for row in fresh}):
        _refresh_bucket(schema, at, sorted({row[2] for row in fresh if row[3] == at}))
    Report.objects.filter(pk__in=[row[0] for row in fresh]).update(rolled_up=True)


def _refresh_bucket(schema: TelemetrySchema, at: datetime, devices: Sequence[int]) -> None:
    """Sum the devices' reports anew, and move their version's sum by what has changed."""
    now = _device_sums(schema, at, devices)
    rows = Rollup.objects.filter(schema=schema, bucket_at=at)
    known = rows.filter(level=RollupLevel.DEVICE, key__in=list(now))
    before = {row.key: _sum_of(row) for row in known}
    whole = _version_sum(rows, schema, now, before)
    _put(schema, RollupLevel.DEVICE, at, now)
    _put(schema, RollupLevel.VERSION, at, {schema.version.public_id: whole})


def _device_sums(
    schema: TelemetrySchema, at: datetime, devices: Sequence[int]
) -> dict[str, RollupSum]:
    found = Report.objects.filter(
        schema=schema,
        device_id__in=devices,
        bucket_at=at,
        # What a bucket holds closed in it: the index of windows by time need not be read whole.
        closed_at__gte=at,
        closed_at__lt=at + BUCKET_MAX,
    )
    fields = ("device__public_id", "samples", "counts", "gauges")
    rows = list(found.order_by().values_list(*fields))
    counted = unpacked_all(schema, [counted for _, _, counted, _ in rows])
    sums: dict[str, RollupSum] = {}
    for (key, samples, _, gauges), row in zip(rows, counted, strict=True):
        each, before = RollupSum(samples, 1, row, _memory(gauges)), sums.get(key)
        sums[key] = each if before is None else before.plus(each)
    return sums


def _version_sum(
    rows: QuerySet[Rollup],
    schema: TelemetrySchema,
    now: Mapping[str, RollupSum],
    before: Mapping[str, RollupSum],
) -> RollupSum:
    """The sum of all devices, though only those that changed are read."""
    length = schema_of(schema.document).layout.total
    whole = RollupSum(0, 0, np.zeros(length, np.uint64))
    kept = rows.filter(level=RollupLevel.VERSION, key=schema.version.public_id).first()
    if kept is not None:
        whole = _sum_of(kept)
        for each in before.values():
            whole = whole.minus(each)
    else:
        for row in rows.filter(level=RollupLevel.DEVICE).exclude(key__in=list(now)):
            whole = whole.plus(_sum_of(row))
    for each in now.values():
        whole = whole.plus(each)
    return whole


def _memory(gauges: Mapping[str, Sequence[int]]) -> int | None:
    """What a window says of memory; negative ones are nonsense, and nobody's."""
    low_and_high = gauges.get(MEMORY)
    return low_and_high[1] if low_and_high and low_and_high[1] > 0 else None


def _sum_of(row: Rollup) -> RollupSum:
    return RollupSum(row.samples, row.reports, counts.load(row.counts))


def _put(
    schema: TelemetrySchema, level: RollupLevel, at: datetime, sums: Mapping[str, RollupSum]
) -> None:
    now = clock.now()
    Rollup.objects.bulk_create(
        (
            Rollup(
                schema=schema,
                level=level,
                key=key,
                bucket_at=at,
                samples=each.samples,
                reports=each.reports,
                counts=counts.dump(each.counts),
                memory_kib=each.memory_kib if level is RollupLevel.DEVICE else None,
                computed_at=now,
            )
            for key, each in sorted(sums.items())
        ),
        update_conflicts=True,
        unique_fields=("schema", "level", "key", "bucket_at"),
        update_fields=("samples", "reports", "counts", "memory_kib", "computed_at"),
        batch_size=BATCH_ROWS,
    )
