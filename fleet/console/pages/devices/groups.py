"""Groups of devices, and one group with the tokens of its gateway."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, page, show
from fleet.devices import groups, selectors
from fleet.devices.labels.query import parse_query
from fleet.devices.models import Group
from fleet.lib import clock
from fleet.lib.errors import NotFound, Refused, at_field

RECENT: Final = 100
FIELDS: Final = ("name", "query", "description", "device")  # of the form for a new group


@page("devices_read")
def group_list(request: HttpRequest) -> HttpResponse:
    """List groups with the number of accepted devices in each."""
    listed = [(each, selectors.group_members(each).count()) for each in selectors.groups()[:RECENT]]
    form = {name: request.GET.get(name, "").strip() for name in FIELDS}
    return show(
        request, "groups.html", "Groups", trail=_way(), groups=listed, form=form, **_tried(form)
    )


def _tried(form: Mapping[str, str]) -> dict[str, Any]:
    """What the page shows of a query that was tried before a group is made of it."""
    if not form["query"]:
        return {}
    try:
        device = selectors.device_by_controller(form["device"]) if form["device"] else None
        preview = selectors.query_preview(form["query"], device=device)
    except (Refused, NotFound) as refused:
        return {"error": refused.message}
    return {"preview": preview, "device": device}


@action("devices_write")
def group_create(request: HttpRequest) -> HttpResponse:
    """Make a group from a device query."""
    query = request.POST.get("query", "").strip()
    if not query:
        message = "A group needs a device query, such as lot=B7."
        raise Refused(message, extra={"field": "query"})
    with at_field("query"):
        parse_query(query)
    description = request.POST.get("description", "")
    made = groups.group_create(
        name=request.POST.get("name", ""),
        by=actor_of(request),
        query=query,
        description=description,
    )
    messages.success(request, f"{made.name} was made.")
    return HttpResponseRedirect(reverse("console:groups"))


@page("devices_read")
def group(request: HttpRequest, name: str) -> HttpResponse:
    """Show one group: its devices, and who may speak for them."""
    return group_page(request, selectors.group_get(name))


def group_page(request: HttpRequest, found: Group, **more: Any) -> HttpResponse:
    """Return the page of a group."""
    members = selectors.group_members(found).order_by("name")
    now = clock.now()
    return show(
        request,
        "group.html",
        f"Group {found.name}",
        trail=[*_way(), ("Groups", reverse("console:groups"))],
        group=found,
        members=members[:RECENT],
        count=members.count(),
        tokens=[(each, each.state(now)) for each in selectors.tokens(found)[:RECENT]],
        allowed=settings.EDGEFLEET_GATEWAY_TOKENS,
        **more,
    )


def _way() -> Trail:
    return [("Devices", reverse("console:devices"))]
