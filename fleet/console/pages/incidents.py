"""Incidents and drift: what changed, where, how much, and what was done about it."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, fragment, page, show, verb_of
from fleet.console.pages.versions import trail_of
from fleet.console.present.drift import drawn
from fleet.console.present.evidence import evidence_sentences
from fleet.console.present.field import agreement_panel, realised_panel
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.telemetry import selectors
from fleet.telemetry.models import Incident
from fleet.telemetry.monitor import charts, incidents
from fleet.telemetry.truth.accuracy import realised
from ota.rollouts.agreement import agreement
from registry.models import ModelVersion

RECENT: Final = 100


def _acknowledge(incident: Incident, by: Actor, note: str) -> None:
    incidents.incident_acknowledge(incident=incident, by=by, note=note)


def _resolve(incident: Incident, by: Actor, note: str) -> None:
    incidents.incident_resolve(incident=incident, by=by, note=note, now=clock.now())


MOVES: Final = {"acknowledge": _acknowledge, "resolve": _resolve}


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
    pictures = drawn(charts.version_drift(found.version))
    return show(
        request,
        "incident.html",
        f"Incident {found.cause}",
        trail=[("Incidents", reverse("console:incidents"))],
        incident=found,
        pictures=pictures,
        words=evidence_sentences(found.evidence, found.cause),
        devices=Device.objects.filter(public_id__in=found.evidence.get("devices", [])),
    )


@page("telemetry_read")
def drift(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show a version's reference against live; htmx asks again while the page is open."""
    query = ModelVersion.objects.select_related("model")
    version = get_object_or_404(query, model__name=name, number=number)
    context: dict[str, Any] = {"version": version, "pictures": drawn(charts.version_drift(version))}
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/drift.html", **context)
    since = clock.now() - timedelta(days=settings.EDGEFLEET_TELEMETRY_DAYS)
    context["realised"] = realised_panel(realised(version, since)) if context["pictures"] else None
    context["agreement"] = agreement_panel(agreement(version))
    return show(request, "drift.html", f"Drift of {version}", trail_of(version), **context)


@action("telemetry_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Acknowledge or resolve an incident."""
    found = selectors.incident_get(public_id)
    by, note = actor_of(request), request.POST.get("note", "")
    verb_of(MOVES, verb)(found, by, note)
    return HttpResponseRedirect(reverse("console:incident", args=[public_id]))
