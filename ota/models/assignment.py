"""One device's part in a rollout. The primary key is the protocol's action id."""

from django.db import models
from django.db.models import Q

from fleet.lib import clock, ids
from fleet.lib.db.append_only import AppendOnly
from fleet.lib.text.json_field import JsonField
from ota.choices import IN_FLIGHT_VALUES, STATE_MAX, Consent, only, words
from ota.engine.states import AssignmentState, FailureCause, Kind
from ota.models.release import Delta, Release, ReleaseArtifact
from ota.models.rollout import Rollout, Wave

COMPONENT = "model"
TEXT_MAX = 500  # characters


def new_assignment_id() -> str:
    """Return a public id for an assignment."""
    return ids.new_id("asg")


class Assignment(models.Model):
    """`latest` is false once another attempt took its place; `since` is the last sign of life."""

    id = models.AutoField(primary_key=True)  # 32 bits: some clients keep it in an int
    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_assignment_id, editable=False
    )
    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="assignments")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="assignments")
    device = models.ForeignKey(
        "devices.Device", on_delete=models.PROTECT, related_name="assignments"
    )
    component = models.CharField(max_length=32, default=COMPONENT)
    kind = models.CharField(max_length=STATE_MAX, choices=words(Kind), default=Kind.UPDATE)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="assignments")
    # None only where the device was skipped: there is nothing for its target.
    artifact = models.ForeignKey(
        ReleaseArtifact, on_delete=models.PROTECT, null=True, related_name="assignments"
    )
    previous = models.ForeignKey(
        ReleaseArtifact, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # What the device fetched last in place of the whole file; None where that was the file.
    delta = models.ForeignKey(Delta, on_delete=models.SET_NULL, null=True, related_name="+")
    reverts = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reverted_by"
    )
    position = models.PositiveIntegerField()
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(
        max_length=STATE_MAX, choices=words(AssignmentState), default=AssignmentState.PLANNED
    )
    cause = models.CharField(max_length=STATE_MAX, choices=words(FailureCause), blank=True)
    text = models.CharField(max_length=TEXT_MAX, blank=True)
    latest = models.BooleanField(default=True)
    delivery = JsonField(default=dict, blank=True)  # `ota.delivery.handling`; {} is forced
    consent = models.CharField(max_length=STATE_MAX, choices=words(Consent), blank=True)
    cancel_refused = models.BooleanField(default=False)
    reverted = models.BooleanField(default=False)
    reports = models.PositiveIntegerField(default=0)
    progress_done = models.PositiveIntegerField(null=True)
    progress_of = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    since = models.DateTimeField(default=clock.now)
    assigned_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            only("state", AssignmentState, "assignment_state_is_known"),
            only("kind", Kind, "assignment_kind_is_known"),
            only("consent", Consent, "assignment_consent_is_known", empty=True),
            only("cause", FailureCause, "assignment_cause_is_known", empty=True),
            # A device is told one thing at a time, whatever rollouts overlap on it.
            models.UniqueConstraint(
                fields=["device", "component"],
                condition=Q(state__in=IN_FLIGHT_VALUES),
                name="assignment_one_active_per_device",
            ),
            models.UniqueConstraint(
                fields=["rollout", "device", "kind"],
                condition=Q(latest=True),
                name="assignment_one_latest_attempt",
            ),
            models.CheckConstraint(
                condition=Q(artifact__isnull=False) | Q(state=AssignmentState.SKIPPED),
                name="assignment_has_something_to_install",
            ),
        ]
        indexes = [
            # serves the snapshot: counts by wave and state, and the next planned ones in order
            models.Index(
                fields=["rollout", "kind", "state", "position"],
                condition=Q(latest=True),
                name="assignment_snapshot",
            ),
            # serves the snapshot: the next ones of the open waves, in order
            models.Index(
                fields=["wave", "position"],
                condition=Q(latest=True, state=AssignmentState.PLANNED),
                name="assignment_next",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class AssignmentEvent(AppendOnly):
    """Every step of an assignment, and every word its device said about it."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="events")
    step = models.CharField(max_length=STATE_MAX)
    state = models.CharField(max_length=STATE_MAX, choices=words(AssignmentState))
    text = models.CharField(max_length=TEXT_MAX, blank=True)
    detail = JsonField(default=dict)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [only("state", AssignmentState, "assignment_event_state_is_known")]

    def __str__(self) -> str:
        return f"{self.step} → {self.state}"
