"""What a device ran at a moment, and what that was made of: from the events of its assignments.

Guarantees: what counts is what the device had confirmed by then; an update that it took and fell
back from counts for as long as it held.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from fleet.devices.models import Device
from ota.engine.states import AssignmentState
from ota.models import Assignment, AssignmentEvent


@dataclass(frozen=True)
class Ran:
    """An assignment, and when the device confirmed it."""

    assignment: Assignment
    since: datetime


def ran_at(device: Device, at: datetime) -> Ran | None:
    """Return what the device had confirmed last and still held at a moment, or None."""
    events = AssignmentEvent.objects.filter(assignment=OuterRef("pk"), at__lte=at)
    newest = events.order_by("-at", "-pk")
    # Words that a device says without a step keep the state, so the newest event tells it.
    confirmed = events.filter(state=AssignmentState.SUCCEEDED).order_by("at", "pk")
    rows = Assignment.objects.filter(device=device).annotate(
        state_then=Subquery(newest.values("state")[:1]),
        since_then=Subquery(confirmed.values("at")[:1]),
    )
    held = rows.filter(state_then=AssignmentState.SUCCEEDED).order_by("-since_then", "-pk")
    found = held.select_related("release__version__model", "artifact").first()
    return None if found is None else Ran(found, found.since_then)
