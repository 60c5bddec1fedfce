"""Planning a rollout: a release, a group, a policy, and in plain words what that will do."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, fragment, page, show
from fleet.console.present.judgement.power import Rate, power_sentences
from fleet.console.present.policy import rule_sentences, wave_sentences
from fleet.devices import selectors as devices
from fleet.lib.errors import FleetError
from fleet.telemetry.figures.rate import usual_rate
from ota import selectors, services
from ota.rollouts import policy as policies_of


@page("ota_read")
def planner(request: HttpRequest) -> HttpResponse:
    """Show the form; htmx asks for the preview again when a choice changes."""
    chosen = {key: request.GET.get(key, "")[:80] for key in ("release", "group", "policy")}
    chosen["policy"] = chosen["policy"] or policies_of.DEFAULT
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
        policies=policies(),
        **context,
    )


def policies() -> list[tuple[str, str]]:
    """Return the named policies with their descriptions."""
    return [
        (name, str(policies_of.named(name).get("description", ""))) for name in policies_of.names()
    ]


def preview(policy: str, group: str, release: str = "") -> dict[str, object]:
    """Return the policy's sentences for the group; a wrong choice is its own sentence."""
    try:
        rules = policies_of.parse(policies_of.resolve(policy, None))
        found = devices.group_get(group) if group else None
        chosen = selectors.release_get(release) if release else None
    except FleetError as refused:
        return {"error": refused.message}
    count = devices.group_members(found).count() if found else 0
    waves = wave_sentences(rules, count) if count else []
    rate = Rate(*usual_rate(chosen.version.model)) if chosen else Rate(None, 0)
    return {
        "group": found,
        "devices": count,
        "waves": waves,
        "rules": rule_sentences(rules),
        "power": power_sentences(rules, count, rate) if chosen else [],
    }


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
