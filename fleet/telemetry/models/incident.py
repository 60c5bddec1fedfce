"""Incident: something a person should look at. Suspicion: what may become one if it lasts."""

from django.db import models
from django.db.models import Q

from fleet.lib import clock
from fleet.lib.db import Timestamped
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField
from fleet.telemetry.choices import ACTIVE, CauseLevel, IncidentKind, IncidentState, Severity
from registry.models import ModelVersion

CAUSE_MAX: int = 200  # characters of "label=value"
NOTE_MAX: int = 300


def incident_id() -> str:
    """Return a public id for a new incident."""
    return new_id("inc")


class Incident(Timestamped):
    """One cause of one version, from when it was first seen until it is over."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=incident_id, editable=False
    )
    kind = models.CharField(max_length=16, choices=IncidentKind.choices, default=IncidentKind.DRIFT)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="incidents")
    level = models.CharField(max_length=8, choices=CauseLevel.choices)
    cause = models.CharField(max_length=CAUSE_MAX)
    state = models.CharField(
        max_length=12, choices=IncidentState.choices, default=IncidentState.OPEN
    )
    severity = models.CharField(max_length=8, choices=Severity.choices)
    summary = models.CharField(max_length=500, blank=True)
    evidence = JsonField(default=dict)
    since = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=200, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=NOTE_MAX, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("version", "kind", "cause"),
                condition=Q(state__in=ACTIVE),
                name="telemetry_incident_one_active",
            ),
            models.CheckConstraint(
                condition=Q(state=IncidentState.RESOLVED, resolved_at__isnull=False)
                | (Q(state__in=ACTIVE) & Q(resolved_at__isnull=True)),
                name="telemetry_incident_resolved_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause}: {self.summary}" if self.summary else self.cause


class Suspicion(models.Model):
    """A cause that was seen and has not lasted long enough to bother anybody."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=CAUSE_MAX)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("version", "cause"), name="telemetry_suspicion_once")
        ]

    def __str__(self) -> str:
        return f"{self.cause} since {self.since:%Y-%m-%d %H:%M:%S}"
