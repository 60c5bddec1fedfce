"""What goes in and out of the REST views; the rules live in the services."""

from typing import Any

from rest_framework import serializers

from fleet.lib.ids import MAX_LENGTH
from fleet.lib.rest.strict import StrictIn
from fleet.telemetry.choices import IncidentState
from fleet.telemetry.models import Incident
from fleet.telemetry.models.incident import NOTE_MAX


class IncidentFilterIn(StrictIn):
    """Which incidents to list."""

    state = serializers.ChoiceField(required=False, choices=IncidentState.choices)
    active = serializers.BooleanField(required=False, allow_null=True, default=None)
    version = serializers.CharField(required=False, max_length=MAX_LENGTH)


class IncidentOut(serializers.ModelSerializer[Incident]):
    """An incident with its evidence."""

    id = serializers.CharField(source="public_id", read_only=True)
    version = serializers.CharField(source="version.public_id", read_only=True)
    version_label = serializers.CharField(source="version.label", read_only=True)
    model = serializers.CharField(source="version.model.name", read_only=True)

    class Meta:
        model = Incident
        fields = (
            "id",
            "kind",
            "model",
            "version",
            "version_label",
            "level",
            "cause",
            "state",
            "severity",
            "summary",
            "since",
            "last_seen_at",
            "acknowledged_by",
            "resolved_at",
            "note",
            "evidence",
        )
        read_only_fields = fields


class NoteIn(StrictIn):
    """A word to those who read it later."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=NOTE_MAX, default="")


class HoursIn(StrictIn):
    """How far back to look; the window that is judged when not told."""

    hours = serializers.FloatField(required=False, min_value=0.001, max_value=24 * 90)


class DriftOut(serializers.Serializer[Any]):
    """Reference against live, PSI over time, latency and prediction mix."""

    schema_id = serializers.CharField()
    model = serializers.CharField()
    version = serializers.CharField()
    samples = serializers.IntegerField()
    needed = serializers.IntegerField()
    features = serializers.ListField(child=serializers.DictField())
    prediction = serializers.DictField(allow_null=True)
    confidence = serializers.DictField(allow_null=True)
    latency_us = serializers.DictField()
    counters = serializers.DictField()
