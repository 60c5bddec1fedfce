"""Keys and tokens: made and shown once, retired, revoked; two devices on one key looked at."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, verb_of
from fleet.console.pages.devices.device import device_page
from fleet.console.pages.devices.groups import group_page
from fleet.devices import selectors
from fleet.devices.keys import use as key_use
from fleet.devices.tokens import issue as tokens

ENDINGS: Final = {
    "dismiss-key": (
        key_use.key_dismiss,
        "The suspicion of two devices on the key of {} is dismissed.",
    ),
    "revoke-key": (
        key_use.key_revoke,
        "The key of {} is revoked: enrol the device with a new one.",
    ),
}


@action("devices_write")
def device_token_make(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a target token and show it, this once: there is nothing to come back to."""
    found = selectors.device_get(public_id)
    _, secret = tokens.token_issue(holder=found, by=actor_of(request))
    return _unstored(device_page(request, selectors.device_get(public_id), secret=secret))


@action("devices_write")
def device_token_retire(request: HttpRequest, public_id: str, token: str) -> HttpResponse:
    """End a target token now."""
    row = selectors.token_get(selectors.device_get(public_id), token)
    tokens.token_retire(token=row, by=actor_of(request))
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))


@action("devices_write")
def gateway_token_make(request: HttpRequest, name: str) -> HttpResponse:
    """Make a gateway token and show it, this once."""
    group = selectors.group_get(name)
    _, secret = tokens.token_issue(holder=group, by=actor_of(request))
    return _unstored(group_page(request, group, secret=secret))


@action("devices_write")
def gateway_token_retire(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """End a gateway token now."""
    row = selectors.token_get(selectors.group_get(name), token)
    tokens.token_retire(token=row, by=actor_of(request))
    return HttpResponseRedirect(reverse("console:group", args=[name]))


@action("devices_write")
def key_end(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Dismiss the suspicion of two devices on one key, or revoke the key; both with a reason."""
    end, sentence = verb_of(ENDINGS, verb)
    found = selectors.device_get(public_id)
    end(device=found, by=actor_of(request), reason=request.POST.get("reason", ""))
    messages.success(request, sentence.format(found.name))
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))


def _unstored(answer: HttpResponse) -> HttpResponse:
    answer.headers["Cache-Control"] = "no-store"
    return answer
