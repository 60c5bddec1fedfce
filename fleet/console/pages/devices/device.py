"""One device with its timeline.

Any attribute that a device sends is shown, those of our agent are its `Agent.describe`; what moves
is a gauge of its last window (`GaugeKind` in `device_agent/protocol/frame.py`), its words in
`fleet/console/present/gauges.py`.
"""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Question, action, ask_first, page, show, verb_of
from fleet.console.present.gauges import measured
from fleet.console.present.judgement.drift import drawn
from fleet.console.present.judgement.over_time import over_time
from fleet.console.present.labels import labels_of, text_of
from fleet.devices import selectors, services
from fleet.devices.choices import DeviceState
from fleet.devices.enrolment import children
from fleet.devices.enrolment.children import CHILDREN_MAX
from fleet.devices.lifecycle import TRANSITIONS, Act
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import at_field
from fleet.telemetry.figures.timeline import device_timeline
from fleet.telemetry.monitor import charts
from ota import selectors as ota
from ota.models import Release
from ota.planning.penalty import failure_row

TIMELINE: Final = 100
MOVES: Final = {
    "accept": services.device_accept,
    "reject": services.device_reject,
    "decommission": services.device_decommission,
}
CHILDREN: Final = {
    "accept-children": children.children_accept,
    "hold-children": children.children_hold,
}

QUESTIONS: Final[dict[str, Callable[[Device], Question]]] = {
    "reject": lambda device: Question(
        f"Reject {device.name}?",
        "It gets nothing more until somebody accepts it; what it runs stays. A rollout that is "
        "under way goes on without it.",
        "Reject it",
        wants_reason=True,
    ),
    "decommission": lambda device: Question(
        f"Decommission {device.name}?",
        "It is refused from then on, its tokens end, and a rollout goes on without it. Its history "
        "stays.",
        "Decommission it",
        typed=device.name,
        needs_reason=True,
    ),
}


@page("devices_read")
def device(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one device: what it is, what it runs, what happened, and how its inputs look."""
    return device_page(request, selectors.device_get(public_id))


def device_page(request: HttpRequest, found: Device, **more: Any) -> HttpResponse:
    """Return the page of a device."""
    now, summary = clock.now(), charts.device_summary(found)
    return show(
        request,
        "device.html",
        f"Device {found.name}",
        trail=[("Devices", reverse("console:devices"))],
        device=found,
        runs=runs(found),
        told=told(found) | measured(summary),
        label_text=text_of(found.labels),
        children=selectors.device_children(found)[:CHILDREN_MAX],
        events=selectors.device_timeline(found).order_by("-at", "-pk")[:TIMELINE],
        assignments=ota.device_assignments(found)[:TIMELINE],
        explanation=ota.device_explanation(found),
        failures=failure_row(found),
        over_time=over_time(device_timeline(found)),
        pictures=drawn(summary),
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
    with at_field("labels"):
        services.device_edit(
            device=found, by=actor_of(request), labels=labels_of(request.POST.get("labels", ""))
        )
    messages.success(request, f"The labels of {found.name} were changed.")
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))


@action("devices_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Accept, reject or decommission a device, or say what is done with its children; asks before
    one leaves.
    """
    found = selectors.device_get(public_id)
    if verb in QUESTIONS and (asks := ask_first(request, QUESTIONS[verb](found))):
        return asks
    act, reason = verb_of(MOVES | CHILDREN, verb), request.POST.get("reason", "").strip()
    act(device=found, by=actor_of(request), **({"reason": reason} if verb in MOVES else {}))
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))
