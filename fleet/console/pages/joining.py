"""Joining: enrolment codes, each shown once, and groups of devices."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.actors import actor_of
from fleet.console.label_text import labels_of
from fleet.console.page import Trail, action, page, show
from fleet.devices import codes as enrolment_codes
from fleet.devices import groups, selectors
from fleet.lib import clock
from fleet.lib.errors import Refused

RECENT: Final = 100


def whole(request: HttpRequest, field: str) -> int:
    """Return a whole number of the form. Raises Refused."""
    text = request.POST.get(field, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Refused(f"{field.capitalize()} must be a whole number.")
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
        labels=labels_of(request.POST.get("labels", "")),
        auto_accept="auto_accept" in request.POST,
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
def group_list(request: HttpRequest) -> HttpResponse:
    """List groups with the number of accepted devices in each."""
    listed = [(each, selectors.group_members(each).count()) for each in selectors.groups()[:RECENT]]
    return show(request, "groups.html", "Groups", trail=_way(), groups=listed)


@action("devices_write")
def group_create(request: HttpRequest) -> HttpResponse:
    """Make a group from a label query."""
    query = request.POST.get("query", "").strip()
    if not query:
        raise Refused("A group needs a label query, such as lot=B7.")
    description = request.POST.get("description", "")
    made = groups.group_create(
        name=request.POST.get("name", ""),
        by=actor_of(request),
        query=query,
        description=description,
    )
    messages.success(request, f"{made.name} was made.")
    return HttpResponseRedirect(reverse("console:groups"))


def _way() -> Trail:
    return [("Devices", reverse("console:devices"))]
