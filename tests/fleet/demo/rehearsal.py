"""The demonstration's rollouts with the real deciding code and simulated time: ten devices show
their models images, report what they counted, and the rollouts' gates read it.

What is simulated is the clock, the update itself (four seconds) and how long an inference takes.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.test import override_settings

from builds.models import Int8Model
from device_agent.protocol.ddi import Execution, Feedback, Finished
from device_agent.protocol.frame import Frame, FrameFlags, encode_frame, pack_counts
from device_agent.protocol.schema import TelemetrySchema, latency_bucket, parse_schema
from fleet.demo.agents import LOTS, WINDOW_SECONDS
from fleet.demo.camera import RATE
from fleet.demo.service import PACE
from fleet.demo.story import ENDED, POLICY
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.ingest.report import report_ingest
from fleet.telemetry.services import schema_register
from ota import services
from ota.models import Approval, Assignment, GateResult, Release, ReleaseArtifact
from registry.models import Blob, Model, ModelVersion
from tests.ota import makers

GOOD: Final = "1.0"
AGAIN: Final = "1.3"  # the good version once more: this time with a past to be compared with
EXPECTED: Final = {GOOD: "done", "1.1": "rolled_back", "1.2": "rolled_back", AGAIN: "done"}
UPDATE_SECONDS: Final = 4
PATIENCE_SECONDS: Final = 300  # after which a rollout counts as undecided
BETWEEN_SECONDS: Final = 20  # building and signing the next release
LATENCY_US: Final = 180.0
SAMPLES: Final = round(WINDOW_SECONDS * RATE)


@dataclass(frozen=True)
class Ending:
    """How a rollout ended, after how many seconds, and what was said last."""

    label: str
    state: str
    seconds: int
    why: str

    @property
    def right(self) -> bool:
        """Whether it ended as it should."""
        return self.state == EXPECTED[self.label]


@dataclass
class Camera:
    """One device: what it runs since when, and its own chance."""

    row: Device
    random: np.random.Generator
    phase: int
    running: str = ""
    sequence: int = -1


@dataclass
class Rehearsal:
    """One fleet in an empty database, from its first release on."""

    folder: Path
    seed: int
    now: datetime
    cameras: list[Camera] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    schemas: dict[str, TelemetrySchema] = field(default_factory=dict)
    busy: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with clock.fixed(self.now):
            self._donor = makers.release("donor").artifacts.get()
            devices = makers.devices(len(LOTS))
            self._group = makers.group(devices)
        self._began = self.now
        self._chance = np.random.default_rng([self.seed, len(devices)])
        self.cameras = [
            Camera(row, np.random.default_rng([self.seed, i]), i % WINDOW_SECONDS)
            for i, row in enumerate(devices)
        ]

    def tell(self, labels: Iterable[str] = tuple(EXPECTED)) -> Iterator[Ending]:
        """Roll out each version and yield how it ended."""
        for number, label in enumerate(labels):
            for _ in range(BETWEEN_SECONDS if number else 0):
                self._second()
            yield self.roll_out(label, GOOD if label == AGAIN else label)

    def roll_out(self, label: str, trained_as: str) -> Ending:
        """Publish a version, roll it out by the demonstration's policy, and watch until it ends."""
        began = self.now
        with clock.fixed(self.now), override_settings(**pace()):
            release = self._published(label, np.load(self.folder / f"{trained_as}.npz"))
            rollout = makers.rollout(release, self._group, **POLICY)
        while rollout.state not in ENDED and (self.now - began).seconds < PATIENCE_SECONDS:
            self._second()
            with clock.fixed(self.now), override_settings(**pace()):
                services.rollout_tick(rollout.pk)
            rollout.refresh_from_db()
        last = GateResult.objects.filter(rollout=rollout).order_by("-at", "-pk").first()
        ended = rollout.state in ENDED or last is None
        why = rollout.reason if ended or last is None else last.sentence
        return Ending(label, str(rollout.state), (self.now - began).seconds, why)

    def _published(self, label: str, found: Any) -> Release:
        version = _version(label, found)
        self.schemas[label] = parse_schema(json.loads(str(found["document"])) | {"version": label})
        self.slots[label] = found["slots"]
        schema_register(version)
        made = Release.objects.create(
            version=version, state="published", published_at=clock.now(), created_by="tests"
        )
        Approval.objects.create(release=made, by="user:ben", label="ben")
        donor = self._donor
        ReleaseArtifact.objects.create(
            release=made,
            artifact=makers.signed_again(donor, version),
            **{name: getattr(donor, name) for name in ("target", "filename", "size_bytes")},
            **{name: getattr(donor, name) for name in ("sha256", "sha1", "md5")},
        )
        return made

    def _second(self) -> None:
        """Let a second pass: updates end, windows close, and buckets are summed."""
        self.now += timedelta(seconds=1)
        with clock.fixed(self.now), override_settings(**pace()):
            self._install()
            second = round((self.now - self._began).total_seconds())
            for camera in self.cameras:
                if camera.running and second % WINDOW_SECONDS == camera.phase:
                    self._report(camera, second)
            if second % int(PACE["EDGEFLEET_ROLLUP_SECONDS"]) == 0:
                rollups_refresh()

    def _install(self) -> None:
        for row in Assignment.objects.filter(state="offered").select_related("device"):
            _, ready = self.busy.setdefault(
                row.device.controller_id,
                (row.pk, self.now + timedelta(seconds=UPDATE_SECONDS)),
            )
            if self.now < ready:
                continue
            del self.busy[row.device.controller_id]
            feedback = Feedback(Execution.CLOSED, Finished.SUCCESS)
            services.assignment_update(device=row.device, action_id=row.pk, feedback=feedback)
            camera = next(each for each in self.cameras if each.row.pk == row.device_id)
            camera.row.refresh_from_db()
            camera.running = str(camera.row.running["version"])

    def _report(self, camera: Camera, second: int) -> None:
        schema, slots = self.schemas[camera.running], self.slots[camera.running]
        row = np.zeros(schema.layout.total, np.int64)
        shown = slots[camera.random.integers(len(slots), size=SAMPLES)]
        np.add.at(row, shown.ravel(), 1)
        took = LATENCY_US * np.exp(0.3 * camera.random.standard_normal(SAMPLES))
        for each in took:
            row[schema.layout.latency.start + latency_bucket(int(each))] += 1
        camera.sequence += 1
        frame = Frame(
            schema_id=schema.schema_id,
            boot_id=1,
            seq=camera.sequence,
            t_open_s=second,
            duration_s=WINDOW_SECONDS,
            samples=SAMPLES,
            flags=FrameFlags.NONE,
            blob=pack_counts([int(each) for each in row]),
        )
        report_ingest(
            device=camera.row, body=encode_frame(frame), uptime_s=second + WINDOW_SECONDS, boot_id=1
        )


def pace() -> dict[str, Any]:
    """Return the demonstration's settings that decide how fast is judged."""
    return {
        name: int(value)
        for name, value in PACE.items()
        if name in ("EDGEFLEET_GATE_SECONDS", "EDGEFLEET_ROLLUP_SECONDS")
    }


def _version(label: str, found: Any) -> ModelVersion:
    model, _ = Model.objects.get_or_create(name="digits")
    number = ModelVersion.objects.filter(model=model).count() + 1
    blob = Blob.objects.create(sha256=f"{number:064x}", size_bytes=1)
    document = json.loads(str(found["document"]))
    made = ModelVersion.objects.create(
        model=model,
        number=number,
        label=label,
        blob=blob,
        format="keras",
        state="admitted",
        decided_at=clock.now(),
        class_names=document["classes"],
        created_by="tests",
    )
    Int8Model.objects.create(
        version=made,
        recipe_digest=blob.sha256,
        blob=blob,
        telemetry_schema=document | {"version": label},
        reference_counts=[int(each) for each in found["counts"]],
        confidence_calibration={
            name: [int(each) for each in found[name]] for name in ("total", "correct", "confusion")
        },
    )
    return made
