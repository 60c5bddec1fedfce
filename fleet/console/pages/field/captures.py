"""Samples from devices: asked for with a budget of bytes, agreed to by another person, shown."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from device_agent.protocol.field.capture import Pick
from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, given, page, show, verb_of
from fleet.devices import selectors as devices
from fleet.lib.errors import Refused
from fleet.telemetry import selectors
from fleet.telemetry.api.field.capture_shapes import CaptureIn, CaptureReasonIn
from fleet.telemetry.choices import CAPTURE_STEPS, CaptureState
from fleet.telemetry.field.capture import acts
from fleet.telemetry.ingest.counts.layout import schema_of
from fleet.telemetry.models import CaptureRequest
from registry.models import ModelVersion

SHOWN: Final = 100
DEFAULTS: Final = {
    "pick": Pick.UNIFORM.value,
    "samples": "100",
    "kib": "1024",
    "hours": "24",
    "bin": "0",
}
KIB: Final = 1024
PICKS: Final = (
    (Pick.UNIFORM.value, "any, each as likely as another"),
    (Pick.UNCERTAIN.value, "those of which the model is least sure"),
    (Pick.BIN.value, "those in one bin of a feature"),
)


@page("telemetry_read")
def captures(request: HttpRequest) -> HttpResponse:
    """List captures, the newest first."""
    return show(request, "captures.html", "Captures", captures=selectors.captures()[:SHOWN])


@page("telemetry_read")
def capture(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one capture: what was asked, who agreed, and what each device has handed in."""
    found = selectors.capture_get(public_id)
    asked = found.state == CaptureState.ASKED
    count = acts.scope(found).count() if asked else found.parts.count()
    actor = actor_of(request)
    own = found.asked_id == f"{actor.kind}:{actor.id}"
    context: dict[str, Any] = {
        "capture": found,
        "verbs": [verb for verb, to in NEXT.items() if found.state in CAPTURE_STEPS[to]],
        "own": own and settings.EDGEFLEET_CAPTURE_FOUR_EYES,
        "count": count,
        "bytes_all": count * found.bytes_max,
        "room": acts.REQUEST_BYTES_MAX,
        "parts": found.parts.select_related("device").order_by("pk")[: acts.DEVICES_MAX],
        "feature": _feature(found),
    }
    return show(request, "capture.html", f"Capture {found.public_id}", _trail(), **context)


@page("telemetry_write")
def capture_new(request: HttpRequest) -> HttpResponse:
    """Show the form: for the devices of `?incident=`, or for a group and `?version=`."""
    about, version_id = (request.GET.get(name, "")[:80] for name in ("incident", "version"))
    incident = selectors.incident_get(about) if about else None
    version = incident.version if incident else None
    if version is None and version_id:
        version = selectors.version_get(version_id)
    if version is None:
        raise Refused("Begin on the page of an incident or of a version.")
    return show(
        request,
        "capture_new.html",
        "Ask for samples",
        trail=_trail(),
        defaults=DEFAULTS,
        incident=incident,
        version=version,
        groups=() if incident else devices.groups().order_by("name")[:SHOWN],
        picks=PICKS,
        features=_features(version),
        room=acts.REQUEST_BYTES_MAX,
    )


@action("telemetry_write")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for samples; nothing is kept before another person has agreed."""
    typed = {name: str(value) for name, value in request.POST.items()}
    made = _asked(request, typed)
    return HttpResponseRedirect(reverse("console:capture", args=[made.public_id]))


@action("telemetry_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Approve, refuse or stop a capture."""
    found, act = selectors.capture_get(public_id), verb_of(MOVES, verb)
    typed = {name: str(value) for name, value in request.POST.items()}
    act(request, found, typed)
    return HttpResponseRedirect(reverse("console:capture", args=[public_id]))


def _approve(request: HttpRequest, found: CaptureRequest, typed: Mapping[str, str]) -> None:
    if "sure" not in typed:
        raise Refused("Say that you have read what will be collected.", extra={"field": "sure"})
    acts.capture_approve(request=found, by=actor_of(request))


def _refuse(request: HttpRequest, found: CaptureRequest, typed: Mapping[str, str]) -> None:
    reason = given(CaptureReasonIn, typed)["reason"]
    acts.capture_refuse(request=found, by=actor_of(request), reason=reason)


def _stop(request: HttpRequest, found: CaptureRequest, typed: Mapping[str, str]) -> None:
    reason = given(CaptureReasonIn, typed)["reason"]
    acts.capture_stop(request=found, by=actor_of(request), reason=reason)


MOVES: Final = {"approve": _approve, "refuse": _refuse, "stop": _stop}
NEXT: Final = {
    "approve": CaptureState.COLLECTING,
    "refuse": CaptureState.REFUSED,
    "stop": CaptureState.STOPPED,
}


def _asked(request: HttpRequest, typed: Mapping[str, str]) -> CaptureRequest:
    kib = typed.get("kib", "")
    if not kib.isascii() or not kib.isdecimal() or len(kib) > len(str(2**31)):
        raise Refused(
            "Give the budget of each device as a whole number of KiB.", extra={"field": "kib"}
        )
    asked = given(CaptureIn, {**typed, "bytes_max": str(int(kib) * KIB)})
    group, incident = asked.pop("group", None), asked.pop("incident", None)
    return acts.capture_ask(
        version=selectors.version_get(asked.pop("version")),
        by=actor_of(request),
        group=devices.group_get(group) if group else None,
        incident=selectors.incident_get(incident) if incident else None,
        bin_index=asked.pop("bin"),
        **asked,
    )


def _features(version: ModelVersion) -> list[str]:
    schema = selectors.schema_latest(version)
    return [each.name for each in schema_of(schema.document).features] if schema else []


def _feature(found: CaptureRequest) -> str:
    names = _features(found.version) if found.pick == Pick.BIN else []
    return names[found.feature] if found.feature < len(names) else ""


def _trail() -> Trail:
    return [("Captures", reverse("console:captures"))]
