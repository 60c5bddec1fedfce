"""Rollouts: the list, the live page of a rollout, and the buttons that move it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers

from fleet.access.accounts.actors import actor_of
from fleet.console.page import (
    Question,
    action,
    ask_first,
    came_from,
    fragment,
    given,
    page,
    show,
    verb_of,
)
from fleet.console.present.judgement.trajectories import looks_context
from fleet.console.svg.bars import stacked
from fleet.devices.selectors import group_members
from fleet.lib import clock
from fleet.lib.rest.strict import StrictIn
from fleet.telemetry.monitor.thresholds import limits
from ota import selectors, services
from ota.api.checks import CheckAnswerIn
from ota.api.steps import RolloutApprovalIn
from ota.engine.states import LIVE, OPEN_WAVE, Gate, RolloutState
from ota.models import Rollout
from ota.planning.parts import draft_of
from ota.planning.plan import plan_of
from ota.planning.report import report_of
from ota.planning.words import rule_sentences, span
from ota.releases.deltas.offering import awaited
from ota.rollouts import policy
from ota.rollouts.policy import WAVES_MAX

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
    "running": ("pause", "skip-wave", "retry-failed", "abort", "roll-back"),
    "paused": ("resume", "skip-wave", "retry-failed", "abort", "roll-back"),
    "done": ("retry-failed", "roll-back"),
    "aborted": ("roll-back",),
}
NAMES: Final = {"roll-back": "Roll back", "retry-failed": "Retry the failed"}
MOVES: Final[Mapping[str, Callable[..., object]]] = {
    "start": services.rollout_start,
    "pause": services.rollout_pause,
    "resume": services.rollout_resume,
    "abort": services.rollout_abort,
    "roll-back": services.rollout_roll_back,
    "retry-failed": services.rollout_again,
    "skip-wave": services.wave_skip,
}


class WaveIn(StrictIn):
    """The wave that the person saw open."""

    wave = serializers.IntegerField(min_value=0, max_value=WAVES_MAX)


def _before_start(rollout: Rollout) -> Question:
    count = group_members(rollout.group).count()
    return Question(
        f"Start {_named(rollout)}?",
        f"{_devices(count)} of {rollout.group.name} get {rollout.release.title}, wave after wave "
        "as the policy says.",
        "Start it",
    )


def _before_abort(rollout: Rollout) -> Question:
    return Question(
        f"Abort {_named(rollout)}?",
        f"It stops permanently. {_states(rollout)} Devices that took the release keep it; those "
        "under way finish.",
        "Abort it",
        typed=rollout.release.label or rollout.group.name,
        needs_reason=True,
    )


def _before_roll_back(rollout: Rollout) -> Question:
    return Question(
        f"Roll {_named(rollout)} back?",
        f"It stops, and every device that took the release gets what it ran before. "
        f"{_states(rollout)}",
        "Roll it back",
        needs_reason=True,
    )


def _before_retry(rollout: Rollout) -> Question:
    return Question(
        f"Try the failed devices of {_named(rollout)} again?",
        f"Each device that failed or fell silent gets another attempt. {_states(rollout)}",
        "Try again",
        wants_reason=True,
    )


def _before_skip(rollout: Rollout) -> Question:
    return Question(
        f"Skip the open wave of {_named(rollout)}?",
        "The rollout goes on to the next wave without the rest of this one's soak and without "
        "the word of its gates. Its devices still get the release. This cannot be undone.",
        "Skip the wave",
        wants_reason=True,
    )


QUESTIONS: Final = {
    "retry-failed": _before_retry,
    "skip-wave": _before_skip,
    "start": _before_start,
    "abort": _before_abort,
    "roll-back": _before_roll_back,
}


def _named(rollout: Rollout) -> str:
    return f"{rollout.release.title} to {rollout.group}"


def _states(rollout: Rollout) -> str:
    counts = selectors.rollout_progress(rollout).counts
    said = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counts.items())
    return f"Devices now: {said}." if said else "No device has begun."


def _devices(count: int) -> str:
    return f"{count} device{'' if count == 1 else 's'}"


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
    context: dict[str, Any] = {"rollout": found} | _progress(found)
    context |= _people(found, context["waves"])
    context["rules"] = rule_sentences(policy.parse(found.policy))
    context["held"] = _held(found) if found.state == RolloutState.RUNNING else ""
    context["live"] = found.state in {state.value for state in LIVE}
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/rollout.html", **context)
    context["looks"] = _looks(found)
    if found.state == RolloutState.DRAFT:
        context["plan"] = plan_of(draft_of(found), clock.now(), drawn=True)
    title, trail = (
        f"Rollout of {found.release.title}",
        [("Rollouts", reverse("console:rollouts"))],
    )
    return show(request, "rollout.html", title, trail, **context)


def _held(rollout: Rollout) -> str:
    now = clock.now()
    return policy.held(rollout.policy, now) or awaited(rollout, now)


@page("ota_read")
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a rollout came to, on a page that can be printed."""
    found = selectors.rollout_get(public_id)
    trail = [
        ("Rollouts", reverse("console:rollouts")),
        (_named(found), reverse("console:rollout", args=[public_id])),
    ]
    title = f"Report: {found.release.title} to {found.group}"
    rules = rule_sentences(policy.parse(found.policy))
    told = report_of(found)
    return show(request, "report.html", title, trail, report=told, rollout=found, rules=rules)


def _people(
    rollout: Rollout, waves: Sequence[tuple[selectors.WaveProgress, str]]
) -> dict[str, object]:
    """Return what people can do now, and whose word is waited for."""
    awaits = selectors.rollout_awaits(rollout)
    opened = next((row.wave.index for row, _ in waves if row.wave.state in OPEN_WAVE), None)
    without = {
        "skip-wave": opened is None,
        "retry-failed": not any(row.causes for row, _ in waves),
        "start": awaits is not None,
        "roll-back": rollout.started_at is None,
    }
    able = [verb for verb in VERBS.get(rollout.state, ()) if not without.get(verb)]
    return {
        "verbs": [(verb, NAMES.get(verb, verb.replace("-", " ").capitalize())) for verb in able],
        "opened": opened,
        "awaits": awaits,
        "checks": selectors.checks(rollout=rollout.public_id, waiting=True)
        if Gate.CHECK in rollout.policy.get("gates", ())
        else (),
    }


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
    """Start, pause, resume, abort or roll back; asks before what reaches devices."""
    found = get_object_or_404(Rollout, public_id=public_id)
    act = verb_of(MOVES, verb)
    if verb in QUESTIONS and (asks := ask_first(request, QUESTIONS[verb](found))):
        return asks
    reason = request.POST.get("reason", "").strip()
    more: dict[str, Any] = {"reason": reason} if reason or verb == "skip-wave" else {}
    if verb == "skip-wave":
        more |= given(WaveIn, request.POST)
    act(rollout=found, by=actor_of(request), **more)
    return HttpResponseRedirect(reverse("console:rollout", args=[public_id]))


@action("ota_approve")
def approve(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say yes to the start, or to the next wave."""
    found = get_object_or_404(Rollout, public_id=public_id)
    said = given(RolloutApprovalIn, request.POST)
    services.rollout_approve(by=actor_of(request), rollout=found, **said)
    return HttpResponseRedirect(reverse("console:rollout", args=[public_id]))


@action("ota_check")
def check_answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say pass, hold or fail of a wave in the place of whoever was asked."""
    check = selectors.check_get(public_id)
    services.check_answer(by=actor_of(request), check=check, **given(CheckAnswerIn, request.POST))
    return HttpResponseRedirect(came_from(request))


@action("ota_write")
def check_again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask again."""
    services.check_again(by=actor_of(request), check=selectors.check_get(public_id))
    return HttpResponseRedirect(came_from(request))
