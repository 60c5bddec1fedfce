"""Devices: the list with its label query, and one device with its timeline."""

from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, page, show, verb_of
from fleet.console.present.judgement.drift import drawn
from fleet.console.present.judgement.over_time import over_time
from fleet.console.present.labels import labels_of, text_of
from fleet.devices import selectors, services
from fleet.devices.choices import DeviceState
from fleet.devices.labels.query import parse_query
from fleet.devices.labels.sql import label_filter
from fleet.devices.lifecycle import TRANSITIONS, Act
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import FleetError
from fleet.telemetry.figures.timeline import device_timeline
from fleet.telemetry.monitor import charts
from ota import selectors as ota
from ota.models import Release

PAGE: Final = 50
TIMELINE: Final = 100
MOVES: Final = {
    "accept": services.device_accept,
    "reject": services.device_reject,
    "decommission": services.device_decommission,
}


@page("devices_read")
def devices(request: HttpRequest) -> HttpResponse:
    """List devices; `?q=lot=B7 and target!=cortex-m4f` is a label query, `?shared`
    asks for those whose key seems to be used twice.
    """
    text, error = request.GET.get("q", "").strip(), ""
    found = selectors.devices().order_by("name")
    if shared := "shared" in request.GET:
        found = found.filter(suspected_at__isnull=False)
    if text:
        try:
            found = found.filter(label_filter(parse_query(text)))
        except FleetError as refused:
            error, found = refused.message, Device.objects.none()
    rows = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return show(
        request,
        "devices.html",
        "Devices",
        rows=rows,
        query=text,
        error=error,
        shared=shared,
        suspected=selectors.devices(suspected=True).count(),
    )


@page("devices_read")
def device(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one device: what it is, what it runs, what happened, and how its inputs look."""
    return device_page(request, selectors.device_get(public_id))


def device_page(request: HttpRequest, found: Device, **more: Any) -> HttpResponse:
    """Return the page of a device."""
    now = clock.now()
    return show(
        request,
        "device.html",
        f"Device {found.name}",
        trail=[("Devices", reverse("console:devices"))],
        device=found,
        runs=runs(found),
        told=told(found),
        label_text=text_of(found.labels),
        events=selectors.device_timeline(found).order_by("-at", "-pk")[:TIMELINE],
        assignments=ota.device_assignments(found)[:TIMELINE],
        explanation=ota.device_explanation(found),
        over_time=over_time(device_timeline(found)),
        pictures=drawn(charts.device_summary(found)),
        moves=[act for act in MOVES if (DeviceState(found.state), Act(act)) in TRANSITIONS],
        key_use=selectors.key_use(found),
        tokens=[(each, each.state(now)) for each in selectors.tokens(found)[:TIMELINE]],
        tokens_allowed=settings.EDGEFLEET_TARGET_TOKENS,
        **more,
    )


def runs(device: Device) -> dict[str, object] | None:
    """Return the version and release that the device says it runs, found in our own tables."""
    release = Release.objects.filter(public_id=device.running.get("release", "")).first()
    return {"release": release, "version": release.version} if release else None


def told(device: Device) -> dict[str, object]:
    """Return what the device tells of itself and is not shown as what it runs."""
    shown = device.running | {"target": device.target}
    attributes: dict[str, object] = device.attributes
    return {key: value for key, value in attributes.items() if shown.get(key) != value}


@action("devices_write")
def labels(request: HttpRequest, public_id: str) -> HttpResponse:
    """Replace a device's labels by those typed, a line each."""
    found = selectors.device_get(public_id)
    services.device_edit(
        device=found, by=actor_of(request), labels=labels_of(request.POST.get("labels", ""))
    )
    messages.success(request, f"The labels of {found.name} were changed.")
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))


@action("devices_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Accept, reject or decommission a device."""
    found = selectors.device_get(public_id)
    verb_of(MOVES, verb)(device=found, by=actor_of(request))
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))
