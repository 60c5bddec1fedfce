"""The overview: what runs where, what is on its way, and what a person should look at."""

from collections import Counter
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from fleet.console.page import fragment, page, show
from fleet.console.svg.bars import stacked
from fleet.devices.models import Device
from fleet.telemetry.models import Incident
from ota.engine.states import LIVE
from ota.models import Rollout

RECENT: Final = 8  # rows of each list


def running(device: Device) -> str:
    """Return what a device runs as `model version`, or what it lacks."""
    if not device.running:
        return "no model yet"
    return f"{device.running.get('model', '?')} {device.running.get('version', '?')}"


def _reading() -> dict[str, Any]:
    devices = list(
        Device.objects.only("state", "running", "target", "last_seen_at", "suspected_at")
    )
    versions = Counter(running(device) for device in devices if device.state == "accepted")
    looks = ("live", "good", "warn", "busy", "bad")
    pieces = [(name, n, looks[i % 5]) for i, (name, n) in enumerate(versions.most_common())]
    rollouts = Rollout.objects.select_related("release__version__model", "group")
    open_incidents = Incident.objects.exclude(state="resolved").order_by("-since")
    return {
        "states": Counter(device.state for device in devices),
        "suspected": sum(device.suspected_at is not None for device in devices),
        "versions": pieces,
        "versions_picture": stacked("Devices by version", pieces),
        "live": rollouts.filter(state__in=[state.value for state in LIVE])[:RECENT],
        "recent": rollouts.order_by("-created_at")[:RECENT],
        "incidents": open_incidents[:RECENT],
        "incident_count": open_incidents.count(),
    }


@page("devices_read")
def overview(request: HttpRequest) -> HttpResponse:
    """Show the overview; htmx asks for its inside again while the page is open."""
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/overview.html", **_reading())
    return show(request, "overview.html", "Overview", **_reading())
