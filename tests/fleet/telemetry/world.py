"""A version with its schema, and simulated devices that count and report as real ones do."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from rest_framework.test import APIClient

from builds.models import Int8Model
from device_agent.protocol.frame import Frame, FrameFlags, encode_frame, pack_counts
from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema
from device_agent.protocol.telemetry import Ack
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry import services
from fleet.telemetry.ingest.report import report_ingest
from fleet.telemetry.models import TelemetrySchema as SchemaRow
from registry.models import Blob, Model, ModelVersion
from tests.fleet.devices.factories import Machine, device

CLASSES = ("zero", "one", "two", "three")
EDGES = tuple(range(-70, 80, 10))


def schema(label: str = "1.0") -> TelemetrySchema:
    """Two features and four classes."""
    features = tuple(Feature(name, name, EDGES) for name in ("mean", "spread"))
    return TelemetrySchema("digits", label, features, CLASSES)


def counts(
    random: np.random.Generator,
    samples: int,
    *,
    shift: float = 0.0,
    sure: float = 14.0,
    errors: int = 0,
    mix: tuple[float, ...] = (0.25, 0.25, 0.25, 0.25),
) -> list[int]:
    """What a recorder would hold after `samples` inferences."""
    layout = schema().layout
    row = np.zeros(layout.total, dtype=np.int64)
    for index, moved in enumerate((shift, 0.0)):
        values = np.rint(random.normal(moved, 40, samples))
        bins = np.searchsorted(EDGES, values, side="right")
        row[layout.feature(index)] = np.bincount(bins, minlength=len(EDGES) + 1)
    predicted = random.choice(len(CLASSES), samples, p=mix)
    confidence = np.clip(np.rint(random.normal(sure, 1.5, samples)), 0, 15).astype(int)
    slots = predicted * 16 + confidence
    row[layout.confidences] = np.bincount(slots, minlength=len(CLASSES) * 16)
    row[layout.latency.start + 8] = samples
    row[layout.counter("errors")] = errors
    return [int(each) for each in row]


def version(label: str = "1.0", *, calibration: dict[str, list[int]] | None = None) -> ModelVersion:
    """An admitted, quantised version."""
    model, _ = Model.objects.get_or_create(name="digits")
    number = ModelVersion.objects.filter(model=model).count() + 1
    sha256 = f"{number:064x}"
    blob, _ = Blob.objects.get_or_create(sha256=sha256, defaults={"size_bytes": 1})
    made = ModelVersion.objects.create(
        model=model,
        number=number,
        label=label,
        blob=blob,
        format="tflite",
        state="admitted",
        decided_at=clock.now(),
        class_names=list(CLASSES),
        created_by="tests",
    )
    Int8Model.objects.create(
        version=made,
        recipe_digest=sha256,
        blob=blob,
        telemetry_schema=dump_schema(schema(label)),
        reference_counts=counts(np.random.default_rng(99), 1000),
        confidence_calibration=calibration or {},
    )
    return made


def registered(label: str = "1.0", **changes: Any) -> SchemaRow:
    """The schema of a version whose release was published."""
    return services.schema_register(version(label, **changes))


@dataclass
class Unit:
    """One device that counts."""

    machine: Machine
    row: Device
    random: np.random.Generator
    boot_id: int = 1
    seq: int = -1
    behaviour: dict[str, Any] = field(default_factory=dict)

    def frame(self, samples: int = 150, **changes: Any) -> Frame:
        """The next sealed window: it ended now, twenty seconds long, after 1,000 s of uptime."""
        self.seq += 1
        fields: dict[str, Any] = {
            "schema_id": schema().schema_id,
            "boot_id": self.boot_id,
            "seq": self.seq,
            "t_open_s": 980,
            "duration_s": 20,
            "samples": samples,
            "flags": FrameFlags.NONE,
            "blob": pack_counts(counts(self.random, samples, **self.behaviour)),
        }
        return Frame(**fields | changes)

    def report(self, samples: int = 150, **changes: Any) -> Ack:
        """Hand a window to the service directly."""
        body = encode_frame(self.frame(samples, **changes))
        return report_ingest(device=self.row, body=body, uptime_s=1000)

    def post(self, body: bytes | None = None, path: str = "", **headers: str) -> Any:
        """Send a window over HTTP."""
        body = encode_frame(self.frame()) if body is None else body
        return self.machine.client().post(
            path or f"/device/v1/telemetry/{self.row.controller_id}",
            body,
            content_type="application/cbor",
            headers={"X-Uptime-Now": "1000"} | headers,
        )


def unit(
    name: str = "cam-01", seed: int = 1, behaviour: dict[str, Any] | None = None, **changes: Any
) -> Unit:
    """An accepted device."""
    machine = Machine(name)
    row = device(name, machine, **changes)
    return Unit(machine, row, np.random.default_rng(seed), behaviour=behaviour or {})


def fleet(size: int = 10, seed: int = 1) -> list[Unit]:
    """Ten devices, the first three of lot B7."""
    return [
        unit(
            f"cam-{i:02}",
            seed * 1000 + i,
            labels={"lot": "B7" if i < 3 else "A1", "site": ("paris", "lyon")[i % 2]},
        )
        for i in range(size)
    ]


def everybody_reports(units: list[Unit], windows: int = 2, samples: int = 150) -> None:
    """Each device hands in some windows."""
    for each in units:
        for _ in range(windows):
            each.report(samples)


def later(seconds: float) -> datetime:
    """A moment after now."""
    return clock.now() + timedelta(seconds=seconds)


def anonymous() -> APIClient:
    """Nobody."""
    return APIClient()
