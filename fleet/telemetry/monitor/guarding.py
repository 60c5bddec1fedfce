"""A rollout's look: the devices that took a version, beside those that run another one, each with
its own past.

Guarantees: only whole buckets are judged, so an answer changes once a bucket; nothing of another
model, or of a version with other classes, is compared.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings

from device_agent.protocol.schema import TelemetrySchema as Parsed
from fleet.devices.models import Device
from fleet.lib.verdict import Verdict
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.judgement.calibration import accuracy_table
from fleet.telemetry.judgement.guard import Guard, Look
from fleet.telemetry.judgement.layout import Columns, Reals
from fleet.telemetry.judgement.limits import LEARN_STEPS
from fleet.telemetry.models import Rollup, TelemetrySchema
from fleet.telemetry.monitor import history
from fleet.telemetry.monitor.accuracy import calibration
from fleet.telemetry.monitor.history import Grid
from registry.models import ModelVersion

CONTROLS_MAX = 200  # devices; more say little more
LOOKS_MAX = 720  # steps of a rollout that are looked at
NOT_YET = "no updated device has reported for a whole interval of the judgement yet"


@dataclass
class _Records:
    """Counts by step and device, and when each device began with the version."""

    keys: list[str]
    grid: Grid
    parsed: Parsed
    columns: Columns = field(init=False)
    counted: np.ndarray = field(init=False)  # (steps, devices, shared counts and memory)
    updated: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.columns = history.columns(self.parsed, features=False).with_memory()
        shape = (self.grid.steps, len(self.keys), self.columns.total)
        self.counted = np.zeros(shape, np.float32)
        self.updated = np.full(len(self.keys), -1)
        self._at = {key: i for i, key in enumerate(self.keys)}

    def old(self, schema: TelemetrySchema, parsed: Parsed) -> int:
        """Add what the devices counted under another version; return in how many buckets."""
        buckets = 0
        for key, step, row, memory in history.measured(schema.pk, self.grid, self.keys):
            place = self.counted[step, self._at[key]]
            place[:-1] += history.without_features(parsed, row)
            place[-1] = max(place[-1], memory)
            buckets += 1
        return buckets

    def new(self, schema: TelemetrySchema, canaries: Collection[str], first: int) -> None:
        """Put what canaries counted under the version since then, in place of the old."""
        for key, step, row, memory in history.measured(schema.pk, self.grid, canaries):
            if step < first:
                continue
            device = self._at[key]
            if self.updated[device] < 0:
                self.updated[device] = step
                self.counted[step:, device] = 0
            place = self.counted[step, device]
            place[:-1], place[-1] = history.without_features(self.parsed, row), memory


def rollout_look(
    version: ModelVersion, schema: TelemetrySchema, device_ids: Collection[int], since: datetime
) -> Look | None:
    """Return the look after the last whole bucket; None where there is nothing to compare with.

    `since` is when the rollout began: what earlier waves showed stays known.
    """
    parsed = counts.schema_of(schema.document)
    others = _others(version, parsed)
    if not others:
        return None
    past = timedelta(seconds=LEARN_STEPS * settings.EDGEFLEET_ROLLUP_SECONDS)
    grid = history.grid(since - past, LEARN_STEPS + LOOKS_MAX)
    canaries = list(
        Device.objects.filter(pk__in=device_ids).order_by("pk").values_list("public_id", flat=True)
    )
    controls = _controls(others, grid, canaries)
    if grid.steps < 2 or not canaries:
        return None
    records = _Records([*canaries, *controls], grid, parsed)
    ran: Counter[ModelVersion] = Counter()
    for other, form in others:
        ran[other.version] += records.old(other, form)
    records.new(schema, canaries, grid.index(since))
    if not _has_past(records):
        return None
    if not (records.updated >= 0).any():
        return Look(Verdict.INCONCLUSIVE, (NOT_YET,))
    return _judge(records, version, ran.most_common(1)[0][0])


def _judge(records: _Records, version: ModelVersion, before: ModelVersion) -> Look | None:
    """Judge the records; `before` is the version that most devices ran otherwise."""
    new, old = _accuracy(version), _accuracy(before)
    both = new is not None and old is not None
    grid = records.grid
    guard = Guard(
        records.columns,
        records.updated,
        step_hours=grid.hours,
        start_hour=grid.start_hour,
        accuracy=old if both else None,
        accuracy_new=new if both else None,
        names=records.keys,
    )
    for step in records.counted:
        guard.step(step, step.any(axis=1))
    return guard.last


def _has_past(records: _Records) -> bool:
    begun = records.updated[records.updated >= 0]
    first = int(begun.min()) if begun.size else records.grid.steps
    return bool(records.counted[:first].any())


def _others(version: ModelVersion, parsed: Parsed) -> list[tuple[TelemetrySchema, Parsed]]:
    """Schemas of other versions of the model with the same classes, the newest first."""
    found = TelemetrySchema.objects.filter(version__model=version.model_id)
    rows = found.exclude(version=version).select_related("version__model").order_by("-pk")
    pairs = [(each, counts.schema_of(each.document)) for each in rows[:20]]
    return [(each, form) for each, form in pairs if form.classes == parsed.classes]


def _controls(
    others: list[tuple[TelemetrySchema, Parsed]], grid: Grid, canaries: list[str]
) -> list[str]:
    """Devices that reported under another version lately, and are not updated."""
    rows = Rollup.objects.filter(
        schema__in=[each.pk for each, _ in others],
        level=RollupLevel.DEVICE,
        bucket_at__gte=grid.first,
    )
    keys = rows.exclude(key__in=canaries).order_by("key").values_list("key", flat=True)
    return list(keys.distinct()[:CONTROLS_MAX])


def _accuracy(version: ModelVersion) -> Reals | None:
    """How often the version was right by confidence, from what its build stored."""
    known = calibration(version)
    return accuracy_table(*known) if known is not None else None
