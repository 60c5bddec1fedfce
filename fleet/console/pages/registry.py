"""Models and versions: what was pushed, from what data, how good it is, and what was built from
it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from builds.models import Build, Int8Model
from builds.targets import target_names
from fleet.console.page import page, show
from fleet.console.plans import plan_picture
from registry.models import AliasMove, Evaluation, Model, ModelVersion


@page("registry_read")
def models(request: HttpRequest) -> HttpResponse:
    """List every model with its newest version and its aliases."""
    found = Model.objects.order_by("name").prefetch_related("versions", "aliases__version")
    return show(request, "models.html", "Models", models=found)


@page("registry_read")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """Show one model: versions, aliases, and how the aliases moved."""
    found = get_object_or_404(Model, name=name)
    moves = AliasMove.objects.filter(alias__model=found).select_related("alias", "old", "new")[:30]
    versions = found.versions.order_by("-number").prefetch_related("aliases")
    return show(
        request,
        "model.html",
        found.title or found.name,
        model=found,
        versions=versions,
        moves=moves,
    )


@page("registry_read")
def version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show one version: facts from the file, quality, lineage, and its build for each target."""
    found = get_object_or_404(
        ModelVersion.objects.select_related("model", "blob"), model__name=name, number=number
    )
    builds = matrix(found)
    reports = [build.report for build in builds.values() if build and build.report]
    return show(
        request,
        "version.html",
        f"{found.model.name} {found.label or found.number}",
        version=found,
        evaluations=Evaluation.objects.filter(version=found).select_related("dataset"),
        int8=Int8Model.objects.filter(version=found).order_by("-created_at").first(),
        datasets=found.version_datasets.select_related("dataset"),
        builds=builds,
        plan=plan_picture(reports[0]) if reports else None,
    )


def matrix(version: ModelVersion) -> dict[str, Build | None]:
    """Return the newest build of each target in the catalogue that was ever asked for."""
    newest: dict[str, Build | None] = dict.fromkeys(target_names())
    for build in Build.objects.filter(version=version).order_by("created_at"):
        newest[build.target] = build
    return {name: build for name, build in newest.items() if build}
