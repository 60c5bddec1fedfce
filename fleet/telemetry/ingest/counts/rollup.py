"""Rollups: sums per device and per version in buckets of time, recomputed whole from the reports.

Guarantees: a bucket is the sum of the reports that are in it at the time, so a late window changes
it once and a repeated run changes nothing; reports that arrive while it runs stay marked as fresh
for the next run.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from fleet.lib import clock
from fleet.lib.db import advisory_lock
from fleet.lib.jobs import turns
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.layout import Whole
from fleet.telemetry.ingest.counts.unpack import unpacked
from fleet.telemetry.models import Report, Rollup, TelemetrySchema

BATCH_REPORTS: Final = 5000  # fresh reports of one batch
REFRESH_TASK: Final = "fleet.telemetry.tasks.rollups_refresh"
LOCK_KEY: Final = 0x0EF1_50F7  # of the turn; any number that nobody else takes


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
    for device_id, at in sorted({(row[2], row[3]) for row in fresh}):
        _refresh_device(schema, device_id, at)
    for at in sorted({row[3] for row in fresh}):
        _refresh_version(schema, at)
    Report.objects.filter(pk__in=[row[0] for row in fresh]).update(rolled_up=True)


def _refresh_device(schema: TelemetrySchema, device_id: int, at: datetime) -> None:
    found = Report.objects.filter(schema=schema, device_id=device_id, bucket_at=at)
    rows = list(found.select_related("device"))
    if rows:
        blobs = [unpacked(schema, row.counts) for row in rows]
        key, samples = rows[0].device.public_id, sum(row.samples for row in rows)
        _put(schema, RollupLevel.DEVICE, key, at, samples, len(rows), blobs)


def _refresh_version(schema: TelemetrySchema, at: datetime) -> None:
    rows = list(Rollup.objects.filter(schema=schema, level=RollupLevel.DEVICE, bucket_at=at))
    key, samples = schema.version.public_id, sum(row.samples for row in rows)
    reports = sum(row.reports for row in rows)
    blobs = [counts.load(row.counts) for row in rows]
    _put(schema, RollupLevel.VERSION, key, at, samples, reports, blobs)


def _put(
    schema: TelemetrySchema,
    level: RollupLevel,
    key: str,
    at: datetime,
    samples: int,
    reports: int,
    rows: Iterable[Whole],
) -> None:
    length = counts.schema_of(schema.document).layout.total
    Rollup.objects.update_or_create(
        schema=schema,
        level=level,
        key=key,
        bucket_at=at,
        defaults={
            "samples": samples,
            "reports": reports,
            "counts": counts.dump(counts.total(rows, length)),
            "computed_at": clock.now(),
        },
    )
