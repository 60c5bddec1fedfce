"""Rollups as steps: what each device counted in each bucket of time, for the judgement."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings

from device_agent.protocol.schema import COUNTERS, LATENCY_BUCKETS, TelemetrySchema
from fleet.lib import clock
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.judgement.layout import Columns, columns_of
from fleet.telemetry.models import Rollup


@dataclass(frozen=True)
class Grid:
    """Complete buckets from `first` on; the running one is not judged."""

    first: datetime
    steps: int
    seconds: int

    def index(self, at: datetime) -> int:
        """Return which step a moment falls in; negative before the first."""
        return int((at - self.first).total_seconds() // self.seconds)

    @property
    def hours(self) -> float:
        """Hours of one step."""
        return self.seconds / 3600

    @property
    def start_hour(self) -> float:
        """Hour of day of the first step."""
        return self.first.hour + self.first.minute / 60


def grid(since: datetime, steps_max: int) -> Grid:
    """Return the complete buckets since then, at most so many."""
    seconds = settings.EDGEFLEET_ROLLUP_SECONDS
    end = bucket(clock.now(), seconds)
    first = max(bucket(since, seconds), end - timedelta(seconds=steps_max * seconds))
    return Grid(first, max(int((end - first).total_seconds()) // seconds, 0), seconds)


def rows(
    schema_pk: int, found: Grid, keys: Collection[str] | None = None
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield device (public id), step and counts of a schema, in order of time."""
    for key, step, row, _ in measured(schema_pk, found, keys):
        yield key, step, row


def measured(
    schema_pk: int, found: Grid, keys: Collection[str] | None = None
) -> Iterator[tuple[str, int, np.ndarray, int]]:
    """Yield the same with the most memory that was told, in KiB; 0 where none was."""
    end = found.first + timedelta(seconds=found.seconds * found.steps)
    rollups = Rollup.objects.filter(
        schema=schema_pk,
        level=RollupLevel.DEVICE,
        bucket_at__gte=found.first,
        bucket_at__lt=end,
    )
    if keys is not None:
        rollups = rollups.filter(key__in=list(keys))
    fields = rollups.order_by("bucket_at").values_list("key", "bucket_at", "counts", "memory_kib")
    for key, at, blob, memory in fields.iterator():
        yield key, found.index(at), counts.load(blob), memory or 0


def columns(schema: TelemetrySchema, *, features: bool = True) -> Columns:
    """Return where the counts of a schema lie; without features, versions can be compared."""
    watched = schema.features if features else ()
    return columns_of(
        [each.name for each in watched],
        [len(each.edges) + 1 for each in watched],
        schema.classes,
        confidence_bins=16,
        latency_buckets=LATENCY_BUCKETS,
        counters=COUNTERS,
    )


def without_features(schema: TelemetrySchema, row: np.ndarray) -> np.ndarray:
    """Return the part of a row that all versions with the same classes share."""
    return row[schema.layout.confidences.start :]


def labels_text(labels: Mapping[str, object]) -> dict[str, str]:
    """Return labels as texts."""
    return {key: str(value) for key, value in labels.items()}
