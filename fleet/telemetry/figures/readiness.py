"""What is needed before anything can be judged, in sentences. Nothing is left to guess."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Count, Min, Sum

from fleet.lib import clock
from fleet.telemetry import selectors
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.drift.defaults import Thresholds
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.judgement.limits import LEARN_STEPS, PEERS_MIN, QUIET_STEPS
from fleet.telemetry.models import Rollup
from fleet.telemetry.monitor.charts import window_start
from fleet.telemetry.monitor.thresholds import limits
from registry.models import ModelVersion

UNRELEASED: Final = (
    "It has no published release: nobody runs it, so nobody reports. Draft a release, approve and "
    "publish it, then roll it out."
)


@dataclass(frozen=True)
class VersionSeen:
    """What there is of a version: devices and inferences in the window, buckets of past."""

    devices: int
    samples: int
    steps: int
    step_seconds: int


def version_needs(version: ModelVersion) -> list[str]:
    """Return what is still needed before the version can be judged in full, and what cannot be told
    of its fleet at all; empty when nothing.
    """
    schema = selectors.schema_latest(version)
    if schema is None:
        return [UNRELEASED]
    seconds = settings.EDGEFLEET_ROLLUP_SECONDS
    rows = Rollup.objects.filter(schema=schema)
    first = rows.filter(level=RollupLevel.VERSION).aggregate(at=Min("bucket_at"))["at"]
    if first is None:
        window = counts.schema_of(schema.document).window_seconds
        first_window = f"hands in its first window {_span(window)} after it began with the version"
        return [f"No device has reported on it yet: roll it out. A device {first_window}."]
    lately = rows.filter(level=RollupLevel.DEVICE, bucket_at__gte=window_start())
    found = lately.aggregate(devices=Count("key", distinct=True), samples=Sum("samples"))
    steps = int((bucket(clock.now(), seconds) - first).total_seconds() // seconds)
    seen = VersionSeen(found["devices"], found["samples"] or 0, steps, seconds)
    doubts = (f"{each[:1].upper()}{each[1:]}." for each in schema.doubts)
    return [*needs(seen, limits()), *doubts]


def needs(seen: VersionSeen, bounds: Thresholds) -> Iterator[str]:
    """Yield a sentence for each thing that is short."""
    if not seen.devices:
        yield "No device reported on it in the window that is judged."
        return
    if seen.samples < bounds.min_samples:
        more = bounds.min_samples - seen.samples
        yield f"{more:,} more inferences are needed before a distribution is judged."
    if seen.devices < PEERS_MIN:
        more = PEERS_MIN - seen.devices
        yield (
            f"{more} more device{'' if more == 1 else 's'} that report{'s' if more == 1 else ''} "
            "would tell weather that all share from a change of one: until then each is compared "
            "with its own hours of the day."
        )
    if seen.steps < QUIET_STEPS:
        wait = _span((QUIET_STEPS - seen.steps) * seen.step_seconds)
        yield f"No device alarms by its own past for another {wait}: it has to have one first."
    elif seen.steps < LEARN_STEPS:
        wait = _span((LEARN_STEPS - seen.steps) * seen.step_seconds)
        yield f"For another {wait} the fleet's own variances are learnt, and limits are wider."


def _span(seconds: int) -> str:
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}s"
    return f"{seconds} seconds"
