"""Captures as REST takes and shows them."""

from typing import Any, Final

from rest_framework import serializers

from device_agent.protocol.field.capture import BYTES_MAX, REASON_MAX, SAMPLES_MAX, Pick
from device_agent.protocol.schema import EDGES_LIMIT
from fleet.lib.ids import MAX_LENGTH
from fleet.lib.rest.strict import StrictIn
from fleet.telemetry.choices import CaptureState
from fleet.telemetry.models import CaptureRequest

HOURS_MAX: Final = 24 * 14
NAME_MAX: Final = 64  # characters
BYTES_MIN: Final = 1024


class CaptureIn(StrictIn):
    """Which samples are wanted of whose devices, and why."""

    version = serializers.CharField(max_length=MAX_LENGTH)
    group = serializers.CharField(max_length=NAME_MAX, required=False)
    incident = serializers.CharField(max_length=MAX_LENGTH, required=False)
    pick = serializers.ChoiceField([each.value for each in Pick], default=Pick.UNIFORM.value)
    feature = serializers.CharField(max_length=NAME_MAX, required=False, default="")
    bin = serializers.IntegerField(min_value=0, max_value=EDGES_LIMIT, default=0)
    samples = serializers.IntegerField(min_value=1, max_value=SAMPLES_MAX, default=100)
    bytes_max = serializers.IntegerField(
        min_value=BYTES_MIN, max_value=BYTES_MAX, default=1024 * 1024
    )
    hours = serializers.FloatField(min_value=0.01, max_value=HOURS_MAX, default=24.0)
    reason = serializers.CharField(max_length=REASON_MAX)


class CaptureReasonIn(StrictIn):
    """Why."""

    reason = serializers.CharField(
        max_length=REASON_MAX, required=False, allow_blank=True, default=""
    )


class CaptureQuery(StrictIn):
    """Which captures to list."""

    state = serializers.ChoiceField(required=False, choices=CaptureState.choices)
    version = serializers.CharField(required=False, max_length=MAX_LENGTH)


class CaptureOut(serializers.Serializer[Any]):
    """A capture."""

    id = serializers.CharField(source="public_id")
    version = serializers.CharField(source="version.public_id")
    version_label = serializers.CharField(source="version.label")
    model = serializers.CharField(source="version.model.name")
    group = serializers.CharField(source="group.name", default="")
    incident = serializers.CharField(source="incident.public_id", default="")
    pick = serializers.CharField()
    samples = serializers.IntegerField()
    bytes_max = serializers.IntegerField()
    hours = serializers.FloatField()
    reason = serializers.CharField()
    state = serializers.CharField()
    outcome = serializers.CharField()
    asked_by = serializers.CharField()
    decided_by = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    dataset = serializers.CharField(source="dataset.public_id", default="")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class CaptureDetailOut(CaptureOut):
    """With what each device has handed in."""

    parts = serializers.SerializerMethodField()

    def get_parts(self, row: CaptureRequest) -> list[dict[str, Any]]:
        """Return the devices' parts."""
        return [
            {
                "device": part.device.public_id,
                "open": part.open,
                "bytes": part.bytes,
                "batches": part.batches,
                "reason": part.reason,
            }
            for part in row.parts.select_related("device").order_by("pk")
        ]


class CaptureKeyOut(serializers.Serializer[Any]):
    """The public half, in hexadecimal, that a device's owner allows."""

    public = serializers.CharField()
