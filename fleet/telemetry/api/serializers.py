"""What goes in and out of the REST views; the rules live in the services."""

from typing import Any

from rest_framework import serializers

from fleet.lib.ids import MAX_LENGTH
from fleet.lib.rest.strict import StrictIn
from fleet.telemetry.choices import IncidentOutcome, IncidentState, Severity
from fleet.telemetry.models import ActionRun, Incident, IncidentNote
from fleet.telemetry.models.incident import NOTE_MAX, NOTE_TEXT_MAX, RUNBOOK_MAX

USERNAME_MAX: int = 150  # characters, as Django has it


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
    assigned_to = serializers.CharField(
        source="assigned_to.username", read_only=True, allow_null=True, default=None
    )
    mute = serializers.SerializerMethodField()

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
            "resolved_by",
            "outcome",
            "reopened",
            "assigned_to",
            "mute",
            "rollout",
            "runbook",
            "note",
            "evidence",
        )
        read_only_fields = fields

    def get_mute(self, incident: Incident) -> str:
        """Return until when people asked for silence: a time, `changed`, or nothing."""
        if incident.muted_until is not None:
            return incident.muted_until.isoformat()
        return "changed" if incident.muted_as else ""


class NoteIn(StrictIn):
    """A word to those who read it later."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=NOTE_MAX, default="")


class ResolveIn(NoteIn):
    """A word, and what the incident turned out to be: a back-test counts false alarms by it."""

    outcome = serializers.ChoiceField(
        required=False,
        allow_blank=True,
        choices=IncidentOutcome.choices,
        default=IncidentOutcome.UNKNOWN,
    )


class NoteTextIn(StrictIn):
    """A note to add."""

    text = serializers.CharField(max_length=NOTE_TEXT_MAX)


class AssignIn(StrictIn):
    """A person's user name; empty means nobody."""

    username = serializers.CharField(allow_blank=True, max_length=USERNAME_MAX)


class MuteIn(StrictIn):
    """Until when; without it, until the incident changes."""

    until = serializers.DateTimeField(required=False)


class SeverityIn(StrictIn):
    """How severe it is."""

    severity = serializers.ChoiceField(choices=Severity.choices)


class RunbookIn(StrictIn):
    """A link to what to do."""

    link = serializers.CharField(allow_blank=True, max_length=RUNBOOK_MAX)


class IncidentNoteOut(serializers.ModelSerializer[IncidentNote]):
    """A note."""

    class Meta:
        model = IncidentNote
        fields = ("author", "text", "at")
        read_only_fields = fields


class ActionRunOut(serializers.ModelSerializer[ActionRun]):
    """One action of a rule, and what it came to."""

    rule = serializers.CharField(
        source="rule.public_id", read_only=True, allow_null=True, default=None
    )
    destination = serializers.CharField(source="target", read_only=True)

    class Meta:
        model = ActionRun
        fields = (
            "rule",
            "rule_name",
            "action",
            "destination",
            "state",
            "result",
            "created_at",
            "ended_at",
        )
        read_only_fields = fields


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
