"""Builds: the matrix of versions and targets, one build with its stages, proof and artifacts."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from builds import selectors
from builds.models import Build
from builds.pipeline.stages.table import STAGES
from fleet.console.page import fragment, page, show
from fleet.console.pages.versions import trail_of
from fleet.console.present.memory_plan import plan_picture
from fleet.lib.jobs import JobState

RECENT: Final = 100


@page("builds_read")
def builds(request: HttpRequest) -> HttpResponse:
    """List the newest builds with their sizes and proof."""
    found = Build.objects.select_related("version__model").order_by("-created_at")[:RECENT]
    return show(request, "builds.html", "Builds", builds=found)


@page("builds_read")
def build(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one build; htmx asks for its stages again while it runs."""
    query = Build.objects.select_related("version__model")
    found = get_object_or_404(query, public_id=public_id)
    steps = found.steps.order_by("pk")
    before = selectors.build_before(found) if found.report else None
    change = selectors.build_change(found, before) if before else None
    context: dict[str, Any] = {"build": found, "steps": steps, "before": before, "change": change}
    if found.state == JobState.RUNNING:
        context["now"] = next((row for row in STAGES if row.stage == found.stage), None)
    if request.headers.get("HX-Request"):
        return fragment(request, "parts/build.html", **context)
    return show(
        request,
        "build.html",
        f"Build of {found.version} for {found.target}",
        trail=[*trail_of(found.version), ("Builds", reverse("console:builds"))],
        **context,
        artifacts=found.artifacts.order_by("kind"),
        plan=plan_picture(found.report or {}),
    )
