"""What people do with an incident, from its page."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, given, verb_of
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Refused
from fleet.telemetry import selectors
from fleet.telemetry.alerts import handling
from fleet.telemetry.api import serializers
from fleet.telemetry.choices import IncidentOutcome, Severity
from fleet.telemetry.models import Incident
from fleet.telemetry.monitor import incidents

Act = Callable[[Incident, Actor, Mapping[str, str]], object]


@action("telemetry_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Do with an incident what a button of its page says."""
    found, act = selectors.incident_get(public_id), verb_of(ACTS, verb)
    typed = {name: str(value) for name, value in request.POST.items()}
    act(found, actor_of(request), typed)
    return HttpResponseRedirect(reverse("console:incident", args=[public_id]))


def _acknowledge(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    note = given(serializers.NoteIn, typed)["note"]
    incidents.incident_acknowledge(incident=found, by=by, note=note)


def _resolve(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    told = given(serializers.ResolveIn, typed)
    outcome = IncidentOutcome(told["outcome"])
    incidents.incident_resolve(
        incident=found, by=by, note=told["note"], outcome=outcome, now=clock.now()
    )


def _note(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    text = given(serializers.NoteTextIn, typed)["text"]
    handling.incident_note(incident=found, text=text, by=by)


def _assign(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    username = given(serializers.AssignIn, typed)["username"] if typed.get("username") else ""
    handling.incident_assign(incident=found, username=username, by=by)


def _severity(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    severity = Severity(given(serializers.SeverityIn, typed)["severity"])
    handling.incident_severity(incident=found, severity=severity, by=by)


def _runbook(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    link = given(serializers.RunbookIn, typed)["link"] if typed.get("link") else ""
    handling.incident_runbook(incident=found, link=link, by=by)


def _mute(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    until = _moment(typed.get("until", ""))
    handling.incident_mute(incident=found, by=by, now=clock.now(), until=until)


def _mute_until_changed(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    del typed
    handling.incident_mute(incident=found, by=by, now=clock.now())


def _unmute(found: Incident, by: Actor, typed: Mapping[str, str]) -> None:
    del typed
    handling.incident_unmute(incident=found, by=by)


def _moment(text: str) -> datetime:
    """Return the time that a field of date and time holds, in UTC. Raises Refused."""
    try:
        found = parse_datetime(text[:40])
    except ValueError:  # well formed, and no such day
        found = None
    if found is None:
        raise Refused(
            "Give the day and the time until which it is muted.", extra={"field": "until"}
        )
    return found if found.tzinfo else found.replace(tzinfo=UTC)


ACTS: Final[Mapping[str, Act]] = {
    "acknowledge": _acknowledge,
    "resolve": _resolve,
    "note": _note,
    "assign": _assign,
    "severity": _severity,
    "runbook": _runbook,
    "mute": _mute,
    "mute-until-changed": _mute_until_changed,
    "unmute": _unmute,
}
