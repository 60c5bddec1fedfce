"""Capture: a request to keep samples on devices, each device's part in it, and what they handed in.

Samples are sealed for the key of the worker; no other process can read one.
"""

from django.db import models
from django.db.models import Q

from device_agent.protocol.field.capture import REASON_MAX, Pick
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.db import Timestamped
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.telemetry.choices import CaptureState
from fleet.telemetry.models.incident import Incident
from registry.models import Dataset, ModelVersion

PERSON_MAX: int = 200  # characters
KEY_MAX: int = 64  # characters


def capture_id() -> str:
    """Return a public id for a new capture."""
    return new_id("cap")


class CaptureKey(models.Model):
    """The public half of a key that samples are sealed for; the newest counts."""

    public = models.CharField(max_length=KEY_MAX, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.public[:16]


class CaptureRequest(Timestamped):
    """What is wanted, by whom, and what became of it."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=capture_id, editable=False
    )
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="captures")
    group = models.ForeignKey("devices.Group", on_delete=models.PROTECT, null=True, blank=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True)
    pick = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Pick])
    feature = models.PositiveSmallIntegerField(default=0)
    bin = models.PositiveSmallIntegerField(default=0)
    samples = models.PositiveIntegerField()  # of each device
    bytes_max = models.PositiveIntegerField()  # of each device, as it is sent
    hours = models.FloatField()  # for which devices collect
    reason = models.CharField(max_length=REASON_MAX)
    state = models.CharField(
        max_length=16, choices=CaptureState.choices, default=CaptureState.ASKED
    )
    outcome = models.CharField(max_length=REASON_MAX, blank=True)
    asked_id = models.CharField(max_length=PERSON_MAX, editable=False)
    asked_by = models.CharField(max_length=PERSON_MAX, editable=False)
    decided_by = models.CharField(max_length=PERSON_MAX, blank=True)
    key = models.ForeignKey(CaptureKey, on_delete=models.PROTECT, null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CaptureState.values), name="telemetry_capture_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(dataset__isnull=True) | Q(state=CaptureState.COMPLETED),
                name="telemetry_capture_dataset_when_completed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} of {self.version}"


class CapturePart(models.Model):
    """One device's part: open until it has handed in all, or its request has ended."""

    request = models.ForeignKey(CaptureRequest, on_delete=models.CASCADE, related_name="parts")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="capture_parts")
    open = models.BooleanField(default=True)
    bytes = models.PositiveBigIntegerField(default=0)
    batches = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=REASON_MAX, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("request", "device"), name="telemetry_capture_part_once"
            ),
            # Also serves the poll: the one open part of a device.
            models.UniqueConstraint(
                fields=("device",), condition=Q(open=True), name="telemetry_capture_part_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} in {self.request_id}"


class CaptureBatch(models.Model):
    """A sealed box as it arrived; removed when its samples are in a dataset, or in time."""

    part = models.ForeignKey(CapturePart, on_delete=models.CASCADE, related_name="boxes")
    seq = models.PositiveIntegerField(editable=False)
    box = models.BinaryField(editable=False)
    received_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("part", "seq")
        constraints = [
            models.UniqueConstraint(fields=("part", "seq"), name="telemetry_capture_batch_once")
        ]

    def __str__(self) -> str:
        return f"box {self.seq} of {self.part_id}"
