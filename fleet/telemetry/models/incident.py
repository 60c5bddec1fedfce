"""Incident: something a person should look at. Suspicion: what may become one if it lasts."""

import json
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from fleet.lib import clock
from fleet.lib.db import Timestamped
from fleet.lib.hashing import sha256_hex
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField
from fleet.telemetry.choices import (
    ACTIVE,
    CauseLevel,
    IncidentKind,
    IncidentOutcome,
    IncidentState,
    Severity,
)
from registry.models import ModelVersion

CAUSE_MAX: int = 200  # characters of "label=value"
NOTE_MAX: int = 300  # characters of the last note, which lists show
NOTE_TEXT_MAX: int = 2000  # characters of a note
RUNBOOK_MAX: int = 500  # characters of a link
ROLLOUT_MAX: int = 32  # characters of a public id


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
    resolved_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=NOTE_MAX, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    severity_given = models.CharField(max_length=8, choices=Severity.choices, blank=True)
    muted_until = models.DateTimeField(null=True, blank=True)
    # How it looked when it was muted until it changes; empty: it is not.
    muted_as = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(
        max_length=12, choices=IncidentOutcome.choices, default=IncidentOutcome.UNKNOWN, blank=True
    )
    rollout = models.CharField(max_length=ROLLOUT_MAX, blank=True)  # public id of the related one
    runbook = models.CharField(max_length=RUNBOOK_MAX, blank=True)
    reopened = models.PositiveIntegerField(default=0)  # times that it came back soon

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

    def looks(self) -> str:
        """Return a digest of what people would call a change: severity, devices, signals."""
        findings = self.evidence.get("findings", [])
        drifted = sorted(str(each["name"]) for each in findings if each.get("drifted"))
        seen = [self.severity, sorted(self.evidence.get("devices", [])), drifted]
        return sha256_hex(json.dumps(seen).encode())

    def is_muted(self, now: datetime) -> bool:
        """Tell whether people asked for silence about it."""
        still = self.muted_until is not None and now < self.muted_until
        return still or (self.muted_as != "" and self.muted_as == self.looks())


class IncidentNote(models.Model):
    """A word of a person, or of the service, about an incident; never changed."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    author = models.CharField(max_length=200)
    text = models.CharField(max_length=NOTE_TEXT_MAX)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:60]}"


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
