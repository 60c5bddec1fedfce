"""Planning a rollout: a release, a group, a policy, and in plain words what that will do."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, fragment, page, show
from fleet.console.present.policy import rule_sentences, wave_sentences
from fleet.devices import selectors as devices
from fleet.lib.errors import FleetError
from ota import selectors, services
from ota.rollouts import policy


@page("ota_read")
def planner(request: HttpRequest) -> HttpResponse:
    """Show the form; htmx asks for the preview again when a choice changes."""
    chosen = {key: request.GET.get(key, "")[:80] for key in ("release", "group", "policy")}
    chosen["policy"] = chosen["policy"] or policy.DEFAULT
    context = {"chosen": chosen, "preview": preview(chosen["policy"], chosen["group"])}
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/preview.html", **context)
    return show(
        request,
        "rollout_new.html",
        "New rollout",
        trail=[("Rollouts", reverse("console:rollouts"))],
        releases=selectors.releases_published()[:100],
        groups=devices.groups()[:100],
        policies=policies(),
        **context,
    )


def policies() -> list[tuple[str, str]]:
    """Return the named policies with their descriptions."""
    return [(name, str(policy.named(name).get("description", ""))) for name in policy.names()]


def preview(policy_name: str, group_name: str) -> dict[str, object]:
    """Return the policy's sentences for the group; a wrong choice is its own sentence."""
    try:
        rules = policy.parse(policy.resolve(policy_name, None))
        group = devices.group_get(group_name) if group_name else None
    except FleetError as refused:
        return {"error": refused.message}
    count = devices.group_members(group).count() if group else 0
    waves = wave_sentences(rules, count) if count else []
    return {"group": group, "devices": count, "waves": waves, "rules": rule_sentences(rules)}


@action("ota_write")
def create(request: HttpRequest) -> HttpResponse:
    """Plan the rollout, and start it when the person said so."""
    by = actor_of(request)
    made = services.rollout_create(
        by=by,
        release=selectors.release_get(request.POST.get("release", "")),
        group=devices.group_get(request.POST.get("group", "")),
        policy_name=request.POST.get("policy", ""),
    )
    if "start" in request.POST:
        services.rollout_start(by=by, rollout=made)
    return HttpResponseRedirect(reverse("console:rollout", args=[made.public_id]))
