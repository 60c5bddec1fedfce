"""A person's API tokens: made with some of one's own rights, shown once, revoked."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access import selectors, services
from fleet.access.accounts.actors import actor_of
from fleet.access.api.serializers import TOKEN_DAYS_DEFAULT
from fleet.access.rules.roles import SCOPES
from fleet.access.services import TOKEN_DAYS_MAX
from fleet.console.page import Question, action, ask_first, page, show
from fleet.lib import clock
from fleet.lib.errors import Forbidden, Refused, at_field

RECENT: Final = 200


@page("access_tokens")
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens without their secrets; everybody's for those who may change access."""
    return _shown(request)


@action("access_tokens")
def token_make(request: HttpRequest) -> HttpResponse:
    """Make a token and show its secret, this once: there is nothing to come back to."""
    scopes = request.POST.getlist("scopes")
    if not scopes:
        raise Refused("Tick at least one right.", extra={"field": "scopes"})
    with at_field("days"):
        days = _days(request.POST.get("days", ""))
    owner, name = _person(request), request.POST.get("name", "").strip()
    made, secret = services.token_issue(
        owner=owner, name=name, scopes=scopes, days=days, by=actor_of(request)
    )
    answer = _shown(request, made=made, secret=secret)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@action("access_tokens")
def token_revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Revoke a token; asks first."""
    person = _person(request)
    among = selectors.tokens_visible_to(person, selectors.scopes_of(person))
    token = selectors.token_get(public_id, among=among)
    question = Question(
        f"Revoke {token.name}?",
        f"Every call with it is refused from then on. It was {_used(token)}.",
        "Revoke it",
    )
    if asks := ask_first(request, question):
        return asks
    services.token_revoke(token=token, by=actor_of(request))
    messages.success(request, f"{token.name} is revoked.")
    return HttpResponseRedirect(reverse("console:tokens"))


def _shown(request: HttpRequest, **more: Any) -> HttpResponse:
    person, now = _person(request), clock.now()
    mine = selectors.scopes_of(person)
    rows = selectors.tokens_visible_to(person, mine).order_by("-created_at", "-pk")[:RECENT]
    return show(
        request,
        "tokens.html",
        "API tokens",
        tokens=[(row, row.state(now)) for row in rows],
        scopes=[(name, about) for name, about in SCOPES.items() if name in mine],
        days=TOKEN_DAYS_DEFAULT,
        days_max=TOKEN_DAYS_MAX,
        **more,
    )


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Forbidden("Only people have tokens.")
    return request.user


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Refused("The days are a whole number.")
    return int(text)


def _used(token: Any) -> str:
    return f"used last at {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "not used"
