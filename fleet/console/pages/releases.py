"""Releases: the list, one release with its gates, and the buttons that move it."""

from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Question, action, ask_first, page, show, verb_of
from fleet.devices import selectors as devices
from ota import selectors, services
from ota.models import Release
from ota.releases import artifacts as release_artifacts

RECENT: Final = 100
# Which buttons make sense in which state; the service refuses the others anyway.
VERBS: Final = {
    "draft": ("approve", "revoke"),
    "approved": ("publish", "revoke"),
    "published": ("roll-back", "revoke"),
    "revoked": ("roll-back",),
}
RIGHT: Final = {"approve": "ota_approve"}  # ota_write for every other
MOVES: Final[Mapping[str, Callable[..., object]]] = {
    "publish": services.release_publish,
    "revoke": services.release_revoke,
    "roll-back": services.release_roll_back,
}
BEFORE_PUBLISHING: Final = frozenset({"draft", "approved"})


@page("ota_read")
def releases(request: HttpRequest) -> HttpResponse:
    """List releases, newest first."""
    return show(request, "releases.html", "Releases", releases=selectors.releases()[:RECENT])


@page("ota_read")
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one release: what it holds, what speaks against it, who approved, where it went."""
    found = selectors.release_get(public_id)
    verbs = VERBS.get(found.state, ())
    return show(
        request,
        "release.html",
        f"Release of {found.title}",
        trail=[("Releases", reverse("console:releases"))],
        release=found,
        artifacts=found.artifacts.select_related("artifact__build"),
        modules=release_artifacts.modules_of(found),
        against=against(found),
        rollouts=found.rollouts.select_related("group").order_by("-created_at")[:RECENT],
        verbs=[verb for verb in verbs if _may(request, verb, found)],
    )


def _may(request: HttpRequest, verb: str, release: Release) -> bool:
    if verb == "roll-back" and not selectors.rollouts_to_take_back(release).exists():
        return False
    return request.user.has_perm(f"access.{RIGHT.get(verb, 'ota_write')}")


def against(release: Release) -> list[str] | None:
    """Return why the release may not be published; None once that was decided."""
    if release.state not in BEFORE_PUBLISHING:
        return None
    return services.publish_objections(release)


@action("ota_approve")
def approve(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say yes to a draft."""
    found, remark = selectors.release_get(public_id), request.POST.get("remark", "")
    services.release_approve(by=actor_of(request), release=found, remark=remark)
    return HttpResponseRedirect(reverse("console:release", args=[public_id]))


@action("ota_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Publish, revoke or take back everywhere; asks before what reaches devices."""
    found = selectors.release_get(public_id)
    act = verb_of(MOVES, verb)
    if verb in QUESTIONS and (asks := ask_first(request, QUESTIONS[verb](found))):
        return asks
    reason = request.POST.get("reason", "").strip()
    because = {"reason": reason} if verb in QUESTIONS else {}
    act(by=actor_of(request), release=found, **because)
    return HttpResponseRedirect(reverse("console:release", args=[public_id]))


def _before_revoking(release: Release) -> Question:
    count = devices.devices().filter(running__release=release.public_id).count()
    run = "1 device runs" if count == 1 else f"{count} devices run"
    return Question(
        f"Revoke the release of {release.title}?",
        f"No device gets it from then on, and no new rollout can take it. {run} it and "
        "keep it until another release replaces it.",
        "Revoke it",
        typed=release.title,
        needs_reason=True,
    )


def _before_rolling_back(release: Release) -> Question:
    rows = selectors.rollouts_to_take_back(release)[:RECENT]
    return Question(
        f"Roll {release.title} back everywhere?",
        "Each of these rollouts stops, and every device that took the release from it, and got "
        "nothing newer since, gets what it ran before.",
        "Roll it back everywhere",
        typed=release.title,
        wants_reason=True,
        names=[
            (
                f"{row.group} ({row.state.replace('_', ' ')})",
                reverse("console:rollout", args=[row.public_id]),
            )
            for row in rows
        ],
    )


QUESTIONS: Final = {"revoke": _before_revoking, "roll-back": _before_rolling_back}
