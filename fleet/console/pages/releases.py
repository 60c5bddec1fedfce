"""Releases: the list, one release with its gates, and the buttons that move it."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, page, show, verb_of
from ota import selectors, services
from ota.models import Release
from ota.releases import artifacts as release_artifacts
from ota.releases.gates import objections

RECENT: Final = 100
# Which buttons make sense in which state; the service refuses the others anyway.
VERBS: Final = {
    "draft": ("approve", "revoke"),
    "approved": ("publish", "revoke"),
    "published": ("revoke",),
}
RIGHT: Final = {"approve": "ota_approve", "publish": "ota_write", "revoke": "ota_write"}
MOVES: Final = {"publish": services.release_publish, "revoke": services.release_revoke}
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
        f"Release of {found.version}",
        trail=[("Releases", reverse("console:releases"))],
        release=found,
        artifacts=found.artifacts.select_related("artifact__build"),
        against=against(found),
        rollouts=found.rollouts.select_related("group").order_by("-created_at")[:RECENT],
        verbs=[verb for verb in verbs if request.user.has_perm(f"access.{RIGHT[verb]}")],
    )


def against(release: Release) -> list[str] | None:
    """Return why the release may not be published; None once that was decided."""
    if release.state not in BEFORE_PUBLISHING:
        return None
    found = release_artifacts.all_facts(release)
    return objections(found, settings.EDGEFLEET_ACCURACY_DROP_MAX)


@action("ota_approve")
def approve(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say yes to a draft."""
    found, remark = selectors.release_get(public_id), request.POST.get("remark", "")
    services.release_approve(by=actor_of(request), release=found, remark=remark)
    return HttpResponseRedirect(reverse("console:release", args=[public_id]))


@action("ota_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Publish or revoke."""
    found = selectors.release_get(public_id)
    verb_of(MOVES, verb)(by=actor_of(request), release=found)
    return HttpResponseRedirect(reverse("console:release", args=[public_id]))
