"""Planning a rollout: a release, a group, a policy, and in plain words what that will do."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, fragment, page, show
from fleet.console.present.policy_editor import JOINING
from fleet.devices import selectors as devices
from fleet.lib import clock
from fleet.lib.errors import FleetError
from ota import selectors, services
from ota.planning import named_policies
from ota.planning.parts import EXAMPLE, Draft
from ota.planning.plan import plan_of
from ota.planning.words import rule_sentences, wave_sentences
from ota.rollouts import policy as documents

CHOICES: Final = ("release", "group", "policy", "start_at", "joins")
PLANNED_MAX: Final = 20_000  # devices of a group that a changed choice is planned for at once
TIME_MAX: Final = 40  # characters


@page("ota_read")
def planner(request: HttpRequest) -> HttpResponse:
    """Show the form; htmx asks for the preview again when a choice changes."""
    chosen = {key: request.GET.get(key, "")[:80] for key in CHOICES}
    chosen["policy"] = chosen["policy"] or documents.DEFAULT
    context = {"chosen": chosen, "preview": preview(**chosen)}
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/preview.html", **context)
    return show(
        request,
        "rollout_new.html",
        "New rollout",
        trail=[("Rollouts", reverse("console:rollouts"))],
        releases=selectors.releases_published()[:100],
        groups=devices.groups()[:100],
        policies=[(each.name, each.description) for each in named_policies.all_policies()],
        joining=[(each.value, said) for each, said in JOINING.items()],
        **context,
    )


def preview(
    policy: str, group: str, release: str = "", start_at: str = "", joins: str = ""
) -> dict[str, object]:
    """Return the plan of these choices, or the policy's sentences while some are missing; a wrong
    choice is its own sentence.
    """
    try:
        overrides = _overrides(start_at, joins)
        rules = documents.parse(named_policies.resolve(policy, overrides))
        found = devices.group_get(group) if group else None
        chosen = selectors.release_get(release) if release else None
        count = devices.group_members(found).count() if found else 0
        shown: dict[str, object] = {
            "group": found,
            "devices": count,
            "rules": rule_sentences(rules),
        }
        if not (found and chosen and 0 < count <= PLANNED_MAX):
            return shown | {"waves": wave_sentences(rules, count) if count else []}
        services.require_artifacts(chosen, found)
        document = services.rollout_document(chosen, policy, overrides)
        plan = plan_of(Draft(EXAMPLE, chosen, found, document), clock.now(), drawn=False)
    except FleetError as refused:
        return {"error": refused.message}
    return shown | {"plan": plan, "rules": plan.rules}


def _overrides(start_at: str, joins: str) -> dict[str, str]:
    """Return what the form says beside the policy; its time is in UTC and has no zone."""
    at = {"start_at": f"{start_at}+00:00"} if start_at else {}
    return at | ({"joins": joins} if joins else {})


@action("ota_write")
def create(request: HttpRequest) -> HttpResponse:
    """Plan the rollout, and start it when the person said so."""
    by = actor_of(request)
    made = services.rollout_create(
        by=by,
        release=selectors.release_get(request.POST.get("release", "")),
        group=devices.group_get(request.POST.get("group", "")),
        policy_name=request.POST.get("policy", ""),
        overrides=_overrides(
            request.POST.get("start_at", "")[:TIME_MAX], request.POST.get("joins", "")[:TIME_MAX]
        ),
    )
    if "start" in request.POST and selectors.rollout_awaits(made) is None:
        services.rollout_start(by=by, rollout=made)
    return HttpResponseRedirect(reverse("console:rollout", args=[made.public_id]))
