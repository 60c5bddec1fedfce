"""Joining: enrolment codes, each shown once, and devices that are registered before they call."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from builds.targets import target_names
from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, page, show
from fleet.console.present.labels import labels_of
from fleet.devices import selectors
from fleet.devices.enrolment import codes as enrolment_codes
from fleet.devices.enrolment import join as enrolment
from fleet.lib import clock
from fleet.lib.errors import Refused, at_field

RECENT: Final = 100


def whole(request: HttpRequest, field: str) -> int:
    """Return a whole number of the form. Raises Refused."""
    text = request.POST.get(field, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        sentence = f"{field.replace('_', ' ').capitalize()} must be a whole number."
        raise Refused(sentence, extra={"field": field})
    return int(text)


@page("devices_read")
def codes(request: HttpRequest) -> HttpResponse:
    """List enrolment codes, without their secrets."""
    return show(request, "codes.html", "Enrolment codes", trail=_way(), codes=_listed())


def _server() -> str:
    return str(settings.EDGEFLEET_PUBLIC_URL)


def _listed() -> list[tuple[object, str]]:
    now = clock.now()
    return [(code, code.state(now)) for code in selectors.codes()[:RECENT]]


@action("devices_write")
def code_create(request: HttpRequest) -> HttpResponse:
    """Make a code and show its secret, this once: there is nothing to come back to."""
    made, secret = enrolment_codes.code_create(
        name=request.POST.get("name", ""),
        by=actor_of(request),
        uses=whole(request, "uses"),
        hours=whole(request, "hours"),
        labels=_labels(request),
        auto_accept="auto_accept" in request.POST,
        accept_query=request.POST.get("accept_query", "").strip(),
        accept_max=whole(request, "accept_max") if request.POST.get("accept_max") else None,
    )
    shown = {"secret": secret, "made": made, "codes": _listed(), "server": _server()}
    answer = show(request, "codes.html", "Enrolment codes", trail=_way(), **shown)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@action("devices_write")
def code_revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a code now."""
    enrolment_codes.code_revoke(code=selectors.code_get(public_id), by=actor_of(request))
    return HttpResponseRedirect(reverse("console:codes"))


@page("devices_read")
def register(request: HttpRequest) -> HttpResponse:
    """Ask for a device that is to be known before it calls."""
    return show(request, "register.html", "Register a device", trail=_way(), targets=target_names())


@action("devices_write")
def register_device(request: HttpRequest) -> HttpResponse:
    """Register a device: by the key that it made in the factory, or without one for a token."""
    made = enrolment.device_preload(
        controller_id=request.POST.get("controller_id", "").strip(),
        target=request.POST.get("target", ""),
        public_key=public_key_of(request.POST.get("public_key", "")),
        labels=_labels(request),
        by=actor_of(request),
    )
    messages.success(request, f"{made.name} is registered and accepted.")
    return HttpResponseRedirect(reverse("console:device", args=[made.public_id]))


def public_key_of(text: str) -> bytes:
    """Return the key that was typed in hexadecimal, none for nothing. Raises Refused."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        message = "A public key is written as 64 hexadecimal digits."
        raise Refused(message, extra={"field": "public_key"}) from None


def _labels(request: HttpRequest) -> dict[str, str]:
    with at_field("labels"):
        return labels_of(request.POST.get("labels", ""))


def _way() -> Trail:
    return [("Devices", reverse("console:devices"))]
