"""Devices: the list with its label query, and one device with its timeline."""

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from fleet.access.actors import actor_of
from fleet.console.page import action, page, show, verb_of
from fleet.console.pages.incidents import drawn
from fleet.devices import services
from fleet.devices.label_filter import label_filter
from fleet.devices.label_query import parse_query
from fleet.devices.models import Device
from fleet.lib.errors import FleetError
from fleet.telemetry import charts
from ota.models import Assignment

PAGE: Final = 50
TIMELINE: Final = 100
MOVES: Final = {
    "accept": services.device_accept,
    "reject": services.device_reject,
    "decommission": services.device_decommission,
}


@page("devices_read")
def devices(request: HttpRequest) -> HttpResponse:
    """List devices; `?q=lot=B7 and target!=cortex-m4f` is a label query."""
    text, error = request.GET.get("q", "").strip(), ""
    found = Device.objects.order_by("name")
    if text:
        try:
            found = found.filter(label_filter(parse_query(text)))
        except FleetError as refused:
            error, found = refused.message, Device.objects.none()
    rows = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return show(request, "devices.html", "Devices", rows=rows, query=text, error=error)


@page("devices_read")
def device(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one device: what it is, what it runs, what happened, and how its inputs look."""
    found = get_object_or_404(Device, public_id=public_id)
    assignments = Assignment.objects.filter(device=found).select_related(
        "rollout", "release__version__model"
    )
    return show(
        request,
        "device.html",
        found.name,
        device=found,
        events=found.events.order_by("-at", "-pk")[:TIMELINE],
        assignments=assignments.order_by("-pk")[:TIMELINE],
        pictures=drawn(charts.device_summary(found)),
        moves=sorted(MOVES),
    )


@action("devices_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Accept, reject or decommission a device."""
    found = get_object_or_404(Device, public_id=public_id)
    verb_of(MOVES, verb)(device=found, by=actor_of(request))
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))
