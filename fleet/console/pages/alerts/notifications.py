"""Notifications: where news is sent, and how it went."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, page, show, verb_of
from fleet.lib.errors import Refused
from fleet.telemetry import selectors
from fleet.telemetry.choices import DestinationKind
from fleet.telemetry.models import Destination
from fleet.telemetry.monitor.notifications import destinations
from fleet.telemetry.monitor.notifications.events import EVENTS

RECENT: Final = 50  # messages of a list


@page("telemetry_read")
def notifications(request: HttpRequest) -> HttpResponse:
    """List destinations and the newest messages."""
    return _list_page(request)


@page("telemetry_read")
def destination(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one destination with its messages."""
    return _page(request, selectors.destination_get(public_id))


@action("telemetry_write")
def destination_create(request: HttpRequest) -> HttpResponse:
    """Make a destination; a webhook's secret is shown on the page that follows, once."""
    kind = request.POST.get("kind", "")
    if kind not in DestinationKind.values:
        raise Refused("A destination is an e-mail or a webhook.")
    made, secret = destinations.destination_create(
        name=request.POST.get("name", "")[:80],
        kind=kind,
        address=request.POST.get("address", "")[:1000],
        events=request.POST.getlist("events"),
        by=actor_of(request),
    )
    return _page(request, made, secret=secret)


@action("telemetry_write")
def destination_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change where it lies, and what it listens to."""
    destinations.destination_edit(
        destination=selectors.destination_get(public_id),
        address=request.POST.get("address", "")[:1000],
        events=request.POST.getlist("events"),
        by=actor_of(request),
    )
    messages.success(request, "It was saved.")
    return HttpResponseRedirect(reverse("console:destination", args=[public_id]))


@action("telemetry_write")
def destination_move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Enable, disable, test, delete it, or give it a new secret."""
    found = selectors.destination_get(public_id)
    if verb == "rotate":
        secret = destinations.destination_rotate(destination=found, by=actor_of(request))
        return _page(request, found, secret=secret)
    verb_of(MOVES, verb)(destination=found, by=actor_of(request))
    if verb == "delete":
        return HttpResponseRedirect(reverse("console:notifications"))
    return HttpResponseRedirect(reverse("console:destination", args=[public_id]))


@action("telemetry_write")
def redeliver(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a message again."""
    row = destinations.delivery_redeliver(
        delivery=selectors.delivery_get(public_id), by=actor_of(request)
    )
    where = row.destination.public_id
    return HttpResponseRedirect(reverse("console:destination", args=[where]))


MOVES: Final = {
    "enable": destinations.destination_enable,
    "disable": destinations.destination_disable,
    "test": destinations.destination_test,
    "delete": destinations.destination_delete,
}


def _list_page(request: HttpRequest) -> HttpResponse:
    return show(
        request,
        "notifications.html",
        "Notifications",
        destinations=selectors.destinations(),
        deliveries=selectors.deliveries()[:RECENT],
        events=[(each, False) for each in EVENTS if each.chosen],
    )


def _page(request: HttpRequest, found: Destination, **more: Any) -> HttpResponse:
    trail: Trail = [("Notifications", reverse("console:notifications"))]
    return show(
        request,
        "destination.html",
        found.name,
        trail,
        destination=found,
        deliveries=selectors.deliveries(destination=found.public_id)[:RECENT],
        events=[(each, each.name in found.events) for each in EVENTS if each.chosen],
        **more,
    )
