"""The overview: what runs where, what is on its way, and what a person should look at."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from fleet.console.page import fragment, page, show
from fleet.console.svg.bars import stacked
from fleet.devices import selectors as devices
from fleet.telemetry.figures.versions import versions_in_field
from fleet.telemetry.models import Incident
from ota.engine.states import LIVE
from ota.models import Rollout

RECENT: Final = 8  # rows of each list
LOOKS: Final = ("live", "good", "warn", "busy", "bad")  # colours of the versions, in turn


def _reading() -> dict[str, Any]:
    versions = versions_in_field()
    pieces = [(each.name, each.devices, LOOKS[i % len(LOOKS)]) for i, each in enumerate(versions)]
    rollouts = Rollout.objects.select_related("release__version__model", "group")
    open_incidents = Incident.objects.exclude(state="resolved").order_by("-since")
    return {
        "states": devices.device_states(),
        "suspected": devices.devices(suspected=True).count(),
        "versions": [(each, css) for each, (*_, css) in zip(versions, pieces, strict=True)],
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
