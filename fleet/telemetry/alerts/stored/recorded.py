"""The stored windows of the last month as findings: the shipped judgement, run over them again.

Guarantees: the same code with the same budget as the live one and as a replay of a folder; nothing
is written. Comparisons with the version's reference are made when a finding begins, as evidence;
findings by the reference alone are not run again. Silence is judged over all versions of a
device, and found with the version that it reported last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from fleet.lib import clock
from fleet.telemetry import selectors
from fleet.telemetry.alerts.rule import Detector
from fleet.telemetry.alerts.sighting import Sighting
from fleet.telemetry.alerts.stored.silent import end_of, silence_sightings
from fleet.telemetry.choices import CauseLevel, RollupLevel, Severity
from fleet.telemetry.drift.causes import Fleet
from fleet.telemetry.drift.defaults import Thresholds, commissioning
from fleet.telemetry.drift.judge import Judged
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.units import bounded_units
from fleet.telemetry.judgement.limits import QUIET_STEPS, Choices
from fleet.telemetry.judgement.telling.findings import Found
from fleet.telemetry.models import Rollup, TelemetrySchema
from fleet.telemetry.monitor import history
from fleet.telemetry.monitor.history import Grid
from fleet.telemetry.monitor.thresholds import limits
from fleet.telemetry.monitor.watching import DEVICES_MAX, watch_over

DAYS: Final = 30
STEPS_MAX: Final = DAYS * 24  # buckets of a schema
FOUND_MAX: Final = 200  # findings of a schema that are looked at beside the reference
RECENT_MAX: Final = 4  # schemas whose findings a process keeps between drafts


@dataclass(frozen=True)
class Recorded:
    """What one schema's windows show."""

    schema: TelemetrySchema
    grid: Grid
    devices: int
    sightings: Sequence[Sighting] = ()
    promised: float = 0.0  # false device alarms a month, by the budget
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def looks(self) -> list[datetime]:
        """The ends of the buckets: when the live judgement would have looked."""
        return [end_of(self.grid, step) for step in range(self.grid.steps)]


_recent: dict[tuple[int, Grid, Thresholds], Recorded] = {}


def size(schema: TelemetrySchema) -> int:
    """Return how many device hours would have to be judged."""
    since = clock.now() - timedelta(days=DAYS)
    rows = Rollup.objects.filter(schema=schema, level=RollupLevel.DEVICE, bucket_at__gte=since)
    return rows.count()


def recorded(schema: TelemetrySchema) -> Recorded:
    """Return the schema's findings of the last month."""
    whole = history.grid(clock.now() - timedelta(days=DAYS), STEPS_MAX)
    bounds = limits()
    key = (schema.pk, whole, bounds)
    if key not in _recent:
        while len(_recent) >= RECENT_MAX:
            _recent.pop(next(iter(_recent)), None)
        _recent[key] = _run(schema, whole, bounds)
    return _recent[key]


def _run(schema: TelemetrySchema, whole: Grid, bounds: Thresholds) -> Recorded:
    rows = Rollup.objects.filter(
        schema=schema, level=RollupLevel.DEVICE, bucket_at__gte=whole.first
    ).order_by("bucket_at")
    first = rows.values_list("bucket_at", flat=True).first()
    grid = history.grid(first or clock.now(), STEPS_MAX)
    keys = list(rows.order_by("key").values_list("key", flat=True).distinct()[:DEVICES_MAX])
    name = f"{schema.version.model.name} {schema.version.label}"
    if grid.steps <= QUIET_STEPS:
        note = f"{name}: nothing can be judged before {QUIET_STEPS * grid.hours:g} hours are stored"
        return Recorded(schema, grid, len(keys), notes=(f"{note}.",))
    labels = selectors.device_labels(keys)
    watch = watch_over(schema, keys, labels, bounds, grid)
    told = watch.found
    found = told.incidents if told else []
    reader = _Reader(schema, grid, keys, labels, bounds)
    notes = [f"{name}: {each}." for each in watch.doubts()]
    if len(found) > FOUND_MAX:
        notes.append(f"{name}: only the first {FOUND_MAX} of {len(found)} findings are looked at.")
    choices = Choices(bounds.monthly_alarms or None, bounds.smallest_change)
    return Recorded(
        schema,
        grid,
        len(keys),
        [
            *(reader.sighting(each) for each in found[:FOUND_MAX]),
            *silence_sightings(schema, grid, keys),
        ],
        choices.device_alpha(len(keys)) * len(keys),
        notes,
    )


@dataclass(frozen=True)
class _Reader:
    """Turns what was found into sightings."""

    schema: TelemetrySchema
    grid: Grid
    keys: Sequence[str]
    labels: Mapping[str, Mapping[str, Any]]
    bounds: Thresholds

    def sighting(self, found: Found) -> Sighting:
        since = end_of(self.grid, found.opened)
        devices = tuple(self.keys[device] for device in found.devices)
        beside = self._beside_reference(devices, since)
        psi = beside.effect if beside is not None and beside.findings else None
        critical = psi is not None and psi >= self.bounds.psi_critical
        channel = found.evidence.get("channel")
        names = [str(channel)] if channel is not None else []
        names += [each.comparison.name for each in beside.drifted] if beside else []
        effect = found.evidence.get("effect_sd")
        return Sighting(
            version=self.schema.version.public_id,
            model=self.schema.version.model.name,
            level=_level(found),
            cause=_cause(found, devices),
            devices=devices,
            signals=tuple(dict.fromkeys(names)),
            test=_DETECTORS[found.level],
            severity=Severity.CRITICAL if critical else Severity.WARNING,
            since=since,
            until=None if found.closed is None else end_of(self.grid, found.closed),
            samples=beside.samples if beside is not None else None,
            effect_sd=float(effect) if effect is not None else None,
            psi=psi,
            p=None,
        )

    def _beside_reference(self, devices: Sequence[str], at: datetime) -> Judged | None:
        """Return the devices' counts of the trailing window beside the version's reference."""
        since = at - timedelta(seconds=settings.EDGEFLEET_DRIFT_WINDOW_SECONDS)
        seen = selectors.device_counts(self.schema, since, keys=devices, until=at)
        if not seen:
            return None
        parsed = counts.schema_of(self.schema.document)
        units = bounded_units(parsed, seen, ratio=self.bounds.contribution_ratio)
        reference = counts.reference(parsed, self.schema.reference.counts)
        fleet = Fleet(units, self.labels, reference, commissioning(self.bounds))
        whole = sum(each.samples for each in units.values())
        return fleet.judge_pool("together", list(units)) or Judged("together", whole, (), 1.0)


_DETECTORS: Final = {
    "device": Detector.SHIFT,
    "label": Detector.VOTES,
    "fleet": Detector.FLEET,
}


def _level(found: Found) -> str:
    return CauseLevel.VERSION if found.level == "fleet" else found.level


def _cause(found: Found, devices: Sequence[str]) -> str:
    if found.level == "device":
        return devices[0]
    return CauseLevel.VERSION if found.level == "fleet" else found.cause
