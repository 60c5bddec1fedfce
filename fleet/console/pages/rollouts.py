"""Rollouts: the list, the live page of a rollout, and the buttons that move it."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, fragment, page, show, verb_of
from fleet.console.present.judgement.trajectories import looks_context
from fleet.console.present.policy import rule_sentences, span
from fleet.console.svg.bars import stacked
from fleet.telemetry.monitor.thresholds import limits
from ota import selectors, services
from ota.engine.states import LIVE
from ota.models import Rollout
from ota.rollouts import policy

RECENT: Final = 100
EVENTS: Final = 40
DEVICES: Final = 200
LOOKS: Final = {
    "succeeded": "good",
    "failed": "bad",
    "timed_out": "bad",
    "cancelled": "warn",
    "skipped": "warn",
    "planned": "empty",
}  # every other state is in flight: busy
# Which buttons make sense in which state; the service refuses the others anyway.
VERBS: Final = {
    "draft": ("start", "abort"),
    "running": ("pause", "abort", "roll-back"),
    "paused": ("resume", "abort", "roll-back"),
    "done": ("roll-back",),
}
MOVES: Final = {
    "start": services.rollout_start,
    "pause": services.rollout_pause,
    "resume": services.rollout_resume,
    "abort": services.rollout_abort,
    "roll-back": services.rollout_roll_back,
}


@page("ota_read")
def rollouts(request: HttpRequest) -> HttpResponse:
    """List rollouts, newest first."""
    found = Rollout.objects.select_related("release__version__model", "group")
    return show(request, "rollouts.html", "Rollouts", rollouts=found[:RECENT])


@page("ota_read")
def rollout(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one rollout; htmx asks for its inside again while it is live."""
    query = Rollout.objects.select_related("release__version__model", "group")
    found = get_object_or_404(query, public_id=public_id)
    if request.GET.get("part") == "looks":
        return fragment(request, "parts/looks.html", looks=_looks(found))
    context = {"rollout": found, "verbs": VERBS.get(found.state, ())} | _progress(found)
    context["rules"] = rule_sentences(policy.parse(found.policy))
    context["live"] = found.state in {state.value for state in LIVE}
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/rollout.html", **context)
    context["looks"] = _looks(found)
    title, trail = (
        f"Rollout of {found.release.version}",
        [("Rollouts", reverse("console:rollouts"))],
    )
    return show(request, "rollout.html", title, trail, **context)


def _progress(rollout: Rollout) -> dict[str, object]:
    """Return the numbers of each wave with their picture, and what happened."""
    progress = selectors.rollout_progress(rollout)
    return {
        "waves": [(wave, _picture("updates", wave.counts)) for wave in progress.waves],
        "back": progress.back,
        "back_picture": _picture("roll-backs", progress.back),
        "events": selectors.rollout_events(rollout)[:EVENTS],
        "assignments": selectors.rollout_assignments(rollout)[:DEVICES],
    }


def _looks(rollout: Rollout) -> dict[str, object]:
    """Return the trajectories, which live pages ask for less often than the rest."""
    bucket = span(settings.EDGEFLEET_ROLLUP_SECONDS)
    return looks_context(list(selectors.rollout_looks(rollout)), limits()) | {"bucket": bucket}


def _picture(what: str, counts: Mapping[str, int]) -> str:
    pieces = [(state, n, LOOKS.get(state, "busy")) for state, n in sorted(counts.items())]
    return stacked(what, pieces) if counts else ""


@action("ota_write")
def move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Start, pause, resume, abort or roll back."""
    found = get_object_or_404(Rollout, public_id=public_id)
    verb_of(MOVES, verb)(rollout=found, by=actor_of(request))
    return HttpResponseRedirect(reverse("console:rollout", args=[public_id]))
