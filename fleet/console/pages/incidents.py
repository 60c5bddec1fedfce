"""Incidents and drift: what changed, where, how much, and what was done about it."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString

from fleet.access.actors import actor_of
from fleet.console.page import action, fragment, page, show, verb_of
from fleet.console.svg.bars import share_bars
from fleet.console.svg.curve import curve
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.telemetry import charts, incidents, selectors
from fleet.telemetry.limits import limits
from fleet.telemetry.models import Incident
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
    return show(request, "incident.html", found.cause, incident=found, pictures=pictures)


@page("telemetry_read")
def drift(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show a version's reference against live; htmx asks again while the page is open."""
    query = ModelVersion.objects.select_related("model")
    version = get_object_or_404(query, model__name=name, number=number)
    context = {"version": version, "pictures": drawn(charts.version_drift(version))}
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/drift.html", **context)
    return show(request, "drift.html", f"Drift of {version}", **context)


@action("telemetry_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Acknowledge or resolve an incident."""
    found = selectors.incident_get(public_id)
    by, note = actor_of(request), request.POST.get("note", "")
    verb_of(MOVES, verb)(found, by, note)
    return HttpResponseRedirect(reverse("console:incident", args=[public_id]))


def drawn(chart: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a chart's figures with their pictures, or None where there is nothing yet."""
    if chart is None:
        return None
    named = [one for one in (chart["prediction"], chart["confidence"]) if one]
    parts = [*named, *chart["features"]]
    return {"chart": chart, "parts": [(part, _bars(part), _psi(chart, part)) for part in parts]}


def _bars(part: Mapping[str, Any]) -> SafeString:
    return share_bars(part["name"], part["bins"], part["reference"], part["live"])


def _psi(chart: Mapping[str, Any], part: Mapping[str, Any]) -> SafeString | None:
    name = part["name"]
    points = [
        (point["at"][11:19], point["psi"][name])
        for point in chart.get("series", [])
        if name in point["psi"]
    ]
    if not points:
        return None
    return curve(f"PSI of {name} over time", points, limit=limits().psi_warning)
