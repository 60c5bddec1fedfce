"""What people do with an incident, beside acknowledging and resolving it; each act is audited."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction

from fleet.access import audit
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Stale
from fleet.telemetry.choices import ACTIVE, Severity
from fleet.telemetry.models import Incident
from fleet.telemetry.monitor.incidents import note_add
from fleet.telemetry.monitor.notifications.incidents import incident_changed

WEB: Final = frozenset({"http", "https"})


@transaction.atomic
def incident_assign(*, incident: Incident, username: str, by: Actor) -> Incident:
    """Give it to a person, or with an empty name to nobody. Raises Refused, Conflict, Stale."""
    person = _person(username) if username else None
    words = f"assigned to {person.username}" if person else "assigned to nobody"
    return _change(incident, "assign", by, words, assigned_to=person)


@transaction.atomic
def incident_mute(
    *, incident: Incident, by: Actor, now: datetime, until: datetime | None = None
) -> Incident:
    """Be silent about it until a moment or, without one, until it changes.

    Raises Refused for a moment that is past, Conflict, Stale.
    """
    if until is not None and until <= now:
        raise Refused("A mute ends in the future: give a later time, or none, until it changes.")
    words = f"muted until {until:%Y-%m-%d %H:%M} UTC" if until else "muted until it changes"
    muted_as = "" if until else incident.looks()
    return _change(incident, "mute", by, words, muted_until=until, muted_as=muted_as)


@transaction.atomic
def incident_unmute(*, incident: Incident, by: Actor) -> Incident:
    """Speak of it again. Raises Conflict, Stale."""
    return _change(incident, "unmute", by, "unmuted", muted_until=None, muted_as="")


@transaction.atomic
def incident_severity(*, incident: Incident, severity: Severity, by: Actor) -> Incident:
    """Set how severe it is; later findings keep it. Raises Conflict, Stale."""
    words = f"severity {severity}"
    return _change(incident, "severity", by, words, severity=severity, severity_given=severity)


@transaction.atomic
def incident_runbook(*, incident: Incident, link: str, by: Actor) -> Incident:
    """Link what to do about it; empty removes the link. Raises Refused, Conflict, Stale."""
    words = "runbook linked" if link else "runbook removed"
    return _change(incident, "runbook", by, words, runbook=checked_link(link))


@transaction.atomic
def incident_note(*, incident: Incident, text: str, by: Actor) -> Incident:
    """Add a note; those before stay. A resolved incident takes notes, too. Raises Refused."""
    if not text.strip():
        raise Refused("A note needs words.")
    note_add(incident, by.label, text)
    audit.record(
        by=by,
        action="telemetry.incident_note",
        subject=incident.public_id,
        detail={"cause": incident.cause, "note": text[:300]},
    )
    incident.refresh_from_db()
    incident_changed(incident, f"note by {by.label}")
    return incident


def checked_link(link: str) -> str:
    """Return a link that a page may show. Raises Refused."""
    if link and urlsplit(link).scheme not in WEB:
        raise Refused("A runbook is a link that begins with https:// or http://.")
    return link


def _person(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None or not found.has_perm("access.telemetry_read"):
        raise Refused(f"{username[:80]!r} is not a person who may see incidents.")
    return found


def _change(incident: Incident, act: str, by: Actor, words: str, **changes: Any) -> Incident:
    if incident.state not in ACTIVE:
        raise Conflict("This incident is resolved: only notes can be added.")
    expected = Incident.objects.filter(pk=incident.pk, state=incident.state)
    if not compare_and_set(expected, **changes):
        raise Stale("Somebody else changed this incident first.")
    audit.record(
        by=by,
        action=f"telemetry.incident_{act}",
        subject=incident.public_id,
        detail={"cause": incident.cause, "change": words},
    )
    incident.refresh_from_db()
    incident_changed(incident, f"{words} by {by.label}")
    return incident
