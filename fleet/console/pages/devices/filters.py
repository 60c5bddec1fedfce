"""Filters of the list of devices under names: kept for oneself or shared, renamed, forgotten."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, came_from
from fleet.devices import filters, selectors
from fleet.devices.models import DeviceFilter
from fleet.lib.errors import Forbidden, Refused

SHOWN = 200  # filters above the list
ASKED_MAX = 9_000  # characters of an address


@dataclass(frozen=True)
class SavedFilter:
    """A filter above the list: `own` ones can be changed."""

    row: DeviceFilter
    query: str
    own: bool


def saved_filters(request: HttpRequest) -> list[SavedFilter]:
    """Return the filters that a person sees above the list, by name."""
    person = _person(request)
    rows = selectors.filters_for(person).order_by("name", "pk")[:SHOWN]
    return [SavedFilter(row, urlencode(row.asked), row.owner_id == person.pk) for row in rows]


@action("devices_write")
def filter_create(request: HttpRequest) -> HttpResponse:
    """Keep what the address of the list asks for."""
    kept = filters.filter_create(
        owner=_person(request),
        name=request.POST.get("name", "").strip(),
        asked=_asked(request.POST.get("asked", "")),
        shared="share" in request.POST,
        by=actor_of(request),
    )
    messages.success(request, f"The filter {kept.name} is kept.")
    return HttpResponseRedirect(came_from(request))


@action("devices_write")
def filter_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Rename a filter of one's own, share it or keep it to oneself."""
    person = _person(request)
    filters.filter_edit(
        kept=selectors.filter_get(public_id, person),
        owner=person,
        name=request.POST.get("name", "").strip(),
        shared="share" in request.POST,
        by=actor_of(request),
    )
    return HttpResponseRedirect(came_from(request))


@action("devices_write")
def filter_delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget a filter of one's own."""
    person = _person(request)
    kept = selectors.filter_get(public_id, person)
    filters.filter_delete(kept=kept, owner=person, by=actor_of(request))
    messages.success(request, f"The filter {kept.name} is deleted.")
    return HttpResponseRedirect(came_from(request))


def _asked(text: str) -> dict[str, str]:
    if len(text) > ASKED_MAX:
        raise Refused("This filter is too long to be kept.")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=len(filters.FIELDS)))
    except ValueError:
        raise Refused("This filter cannot be read.") from None


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Forbidden("Only people keep filters.")
    return request.user
