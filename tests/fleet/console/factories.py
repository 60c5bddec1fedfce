"""A fleet that is judged while a release goes out: past windows, canaries, looks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from device_agent.protocol.ddi import Execution, Feedback, Finished
from fleet.lib import clock
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.models import Incident, TelemetrySchema
from fleet.telemetry.services import schema_assess
from ota import services
from ota.models import Approval, Assignment, Release, ReleaseArtifact, Rollout
from tests import personas
from tests.fleet.telemetry.world import Unit, registered, unit
from tests.ota import makers

STEP = 60  # seconds of a bucket
POLICY: dict[str, Any] = {
    "waves": [{"share_percent": 40}, {"share_percent": 100}],
    "gates": ["telemetry"],
    "on_failure": "pause",
    "soak_seconds": 30 * 24 * 3600,
    "failures": [{"cause": "trial", "percent": 0, "min_sample": 1}],
}
CALIBRATION = {"total": [60] * 16, "correct": [int(60 * (i + 0.5) / 16) for i in range(16)]}


@dataclass
class Field:
    """Eight devices under 1.0, some of which take 2.0."""

    units: list[Unit]
    old: TelemetrySchema
    new: TelemetrySchema
    rollout: Rollout
    at: datetime
    updated: set[int] = field(default_factory=set)

    def steps(self, count: int, behaviour: dict[str, Any] | None = None) -> None:
        """Let so many buckets pass; updated devices behave so (`sure` is a difference)."""
        for _ in range(count):
            self.at += timedelta(seconds=STEP)
            with clock.fixed(self.at):
                for each in self.units:
                    self._report(each, behaviour or {})
            with clock.fixed(self.at + timedelta(seconds=STEP - 1)):
                rollups_refresh()
                services.rollout_tick(self.rollout.pk)

    def install(self) -> None:
        """Let everybody who was offered the release take it."""
        with clock.fixed(self.at + timedelta(seconds=STEP - 1)):
            services.rollout_tick(self.rollout.pk)
            for row in Assignment.objects.filter(rollout=self.rollout, state="offered"):
                done = Feedback(Execution.CLOSED, Finished.SUCCESS)
                services.assignment_update(device=row.device, action_id=row.pk, feedback=done)
                self.updated.add(row.device_id)

    def _report(self, each: Unit, behaviour: dict[str, Any]) -> None:
        new = each.row.pk in self.updated
        level = 12.5 + 0.15 * (each.row.pk % 5)  # each device has its own
        change = behaviour if new else {}
        each.behaviour = change | {"sure": level + change.get("sure", 0.0)}
        schema = self.new if new else self.old
        each.report(150, schema_id=bytes.fromhex(schema.schema_id))


def published(schema: TelemetrySchema, donor: ReleaseArtifact) -> Release:
    """A release of a version that telemetry knows, with another version's bundle."""
    release = Release.objects.create(
        version=schema.version, state="published", published_at=clock.now(), created_by="t"
    )
    Approval.objects.create(release=release, by="user:ben", label="ben")
    ReleaseArtifact.objects.create(
        release=release,
        artifact=makers.signed_again(donor, release.model_version),
        **{name: getattr(donor, name) for name in ("target", "filename", "size_bytes")},
        **{name: getattr(donor, name) for name in ("sha256", "sha1", "md5")},
    )
    return release


def judged(past: int = 26, size: int = 8) -> Field:
    """A rollout whose canaries have just taken the release, after so many buckets of past."""
    donor = makers.release("donor").artifacts.get()
    old, new = (registered(label, calibration=CALIBRATION) for label in ("1.0", "2.0"))
    units = [
        unit(f"cam-{i:02}", i, labels={"lot": "B7" if i < size // 3 else "A1"}) for i in range(size)
    ]
    group = makers.group([each.row for each in units], name="field")
    rollout = makers.rollout(published(new, donor), group, start=False, **POLICY)
    made = Field(units, old, new, rollout, clock.now() - timedelta(seconds=STEP * 2 * past))
    made.steps(past)
    with clock.fixed(made.at + timedelta(seconds=1)):
        services.rollout_start(by=personas.SYSTEM, rollout=rollout)
        rollout.refresh_from_db()
    made.install()
    return made


def drifted(past: int = 27, after: int = 12, size: int = 10) -> Incident:
    """Devices of lot B7 whose inputs moved; the incident that is open for it."""
    schema = registered("1.0", calibration=CALIBRATION)
    units = [
        unit(
            f"cam-{i:02}",
            i,
            labels={"lot": "B7" if i < 3 else "A1", "site": ("paris", "lyon")[i % 2]},
        )
        for i in range(size)
    ]
    start = clock.now() - timedelta(seconds=STEP * (past + after))
    for step in range(past + after):
        with clock.fixed(start + timedelta(seconds=step * STEP)):
            for i, each in enumerate(units):
                each.behaviour = {"shift": 60.0} if i < 3 and step >= past else {}
                each.report(150, schema_id=bytes.fromhex(schema.schema_id))
            rollups_refresh()
            if step >= past:
                schema_assess(schema)
    return Incident.objects.get(state="open", cause="lot=B7")
