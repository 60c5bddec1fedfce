"""Incidents and drift: what changed, where, how much, and what was done about it."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from fleet.access.selectors import users_with
from fleet.console.page import fragment, page, show
from fleet.console.pages.versions import trail_of
from fleet.console.present.judgement.drift import drawn
from fleet.console.present.judgement.evidence import evidence_sentences, said
from fleet.console.present.judgement.field import agreement_panel, realised_panel
from fleet.console.present.judgement.next_steps import next_steps
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry import selectors
from fleet.telemetry.choices import IncidentOutcome, Severity
from fleet.telemetry.field.truth.accuracy import realised
from fleet.telemetry.figures.incident import incident_chart
from fleet.telemetry.figures.readiness import version_needs
from fleet.telemetry.models import Incident
from fleet.telemetry.models.incident import NOTE_TEXT_MAX, RUNBOOK_MAX
from fleet.telemetry.monitor import charts
from ota import selectors as ota
from ota.models import Rollout
from ota.rollouts.agreement import agreement
from registry.models import ModelVersion

RECENT: Final = 100
ROLLOUTS: Final = 5  # of the version that are named on an incident's page
NOTES: Final = 100
PEOPLE: Final = 200  # whom an incident can be given to, on the page
OUTCOMES: Final = (
    (IncidentOutcome.UNKNOWN, "not said"),
    (IncidentOutcome.REAL, "real"),
    (IncidentOutcome.FALSE_ALARM, "a false alarm"),
)
FRESH: Final = timedelta(days=7)  # a rollout that began in this time before is a suspect


@page("telemetry_read")
def incident_list(request: HttpRequest) -> HttpResponse:
    """List incidents, the active ones first."""
    active = selectors.incidents(active=True)
    past = selectors.incidents(active=False)[:RECENT]
    return show(request, "incidents.html", "Incidents", active=active, past=past)


@page("telemetry_read")
def incident(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one incident with its evidence, and the version's distributions beside."""
    found = selectors.incident_get(public_id)
    rollouts = list(ota.rollouts_of_version(found.version)[:ROLLOUTS])
    fresh = _shortly_before(found, rollouts)
    return show(
        request,
        "incident.html",
        f"Incident {found.cause}",
        trail=[("Incidents", reverse("console:incidents"))],
        incident=found,
        pictures=drawn(incident_chart(found)),
        words=evidence_sentences(found.evidence, found.cause),
        own_past=said(found.evidence),
        steps=next_steps(found.level, found.evidence, rolled_out=bool(fresh)),
        rollouts=rollouts,
        fresh=fresh,
        devices=Device.objects.filter(public_id__in=found.evidence.get("devices", [])),
        notes=selectors.incident_notes(found)[:NOTES],
        captures=selectors.captures(version=found.version.public_id).filter(incident=found)[:NOTES],
        muted=found.is_muted(clock.now()),
        forms=_forms() if request.user.has_perm("access.telemetry_write") else None,
    )


def _forms() -> dict[str, object]:
    """Return what the forms of an incident offer."""
    return {
        "people": list(users_with("telemetry_read").values_list("username", flat=True)[:PEOPLE]),
        "severities": Severity.choices,
        "outcomes": OUTCOMES,
        "note_max": NOTE_TEXT_MAX,
        "runbook_max": RUNBOOK_MAX,
    }


def _shortly_before(incident: Incident, rollouts: list[Rollout]) -> list[Rollout]:
    first = incident.since - FRESH
    return [r for r in rollouts if r.started_at and first <= r.started_at <= incident.since]


@page("telemetry_read")
def drift(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show a version's reference against live; htmx asks again while the page is open."""
    query = ModelVersion.objects.select_related("model")
    version = get_object_or_404(query, model__name=name, number=number)
    at = _moment(request.GET.get("at", ""))
    chart = charts.version_drift(version, at=at)
    context: dict[str, Any] = {
        "version": version,
        "pictures": drawn(chart, request.path),
        "needs": version_needs(version),
    }
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/drift.html", **context)
    since = clock.now() - timedelta(days=settings.EDGEFLEET_TELEMETRY_DAYS)
    context["realised"] = realised_panel(realised(version, since)) if context["pictures"] else None
    context["agreement"] = agreement_panel(agreement(version))
    return show(request, "drift.html", f"Drift of {version}", trail_of(version), **context)


def _moment(text: str) -> datetime | None:
    """Return the chosen bucket's time, None for what is not a time: then the whole window shows."""
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return found if found.tzinfo else None
