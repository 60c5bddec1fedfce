"""One version: facts, quality, lineage, builds; what differs from another; what to make of it."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from builds import services as builds
from builds.choices import Arithmetic, Optimise, Weights
from builds.models import Build, Int8Model
from builds.targets import target_names
from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, needs_of, page, show
from fleet.console.pages.field.challengers import challengers
from fleet.console.pages.lineage.picture import lineage
from fleet.console.present.card import card_of
from fleet.console.present.judgement.drift import drawn
from fleet.console.present.memory_plan import plan_picture
from fleet.lib.errors import at_field
from fleet.telemetry import selectors as telemetry
from fleet.telemetry.figures.readiness import version_needs
from fleet.telemetry.monitor import charts
from ota import services as ota
from ota.selectors import rollouts_of_version
from registry import selectors
from registry.models import ModelVersion
from registry.services import alias_move
from registry.services import alias_remove as alias_forget

FIELD_ROWS: Final = 5  # incidents and rollouts that are named
NOTES_MAX: Final = 4000  # characters


@page("registry_read")
def version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show one version: facts from the file, quality, lineage, and its build for each target."""
    found = selectors.version_get(model=name, number=number)
    made, may = matrix(found), request.user.has_perm
    reports = [build.report for build in made.values() if build.report]
    return show(
        request,
        "version.html",
        f"Version {found.label} of {found.model.name}",
        trail=trail_of(found, whole=False),
        version=found,
        int8=Int8Model.objects.filter(version=found).order_by("-created_at").first(),
        builds=made,
        lineage=lineage(found, request.user, made),
        card=card_of("", description_of(found)),
        plan=plan_picture(reports[0]) if reports else None,
        choices=choices(found),
        field=in_field(found) if may("access.telemetry_read") else None,
        beside=challengers(found, may=may("access.ota_write")) if may("access.ota_read") else None,
    )


def in_field(version: ModelVersion) -> dict[str, object]:
    """Return what devices report on a version, and what is needed before it can be judged."""
    page = reverse("console:drift", args=[version.model.name, version.number])
    return {
        "pictures": drawn(charts.version_drift(version), page),
        "needs": version_needs(version),
        "incidents": telemetry.incidents(active=True, version=version.public_id)[:FIELD_ROWS],
        "rollouts": rollouts_of_version(version)[:FIELD_ROWS],
    }


def choices(version: ModelVersion) -> dict[str, object]:
    """Return what the forms of a version offer."""
    others = ModelVersion.objects.filter(model=version.model, deleted_at=None).exclude(
        pk=version.pk
    )
    return {
        "targets": target_names(),
        "optimise": Optimise.choices,
        "arithmetic": Arithmetic.choices,
        "others": others.order_by("-number")[:50],
        "aliases": selectors.aliases_of(version.model),
        "release": version.releases.exclude(state="revoked").first(),
        "releases": version.releases.all(),
    }


@page("registry_read")
def dataset(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one dataset, and the versions that were made or measured with it."""
    found = selectors.dataset_get(public_id)
    uses = found.uses.select_related("version__model").order_by("-version__created_at")[:100]
    trail = [("Datasets", reverse("console:datasets"))]
    return show(
        request, "dataset.html", f"Dataset {found.name}", trail=trail, dataset=found, uses=uses
    )


@action("builds_write")
def build_start(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Ask for builds of the ticked targets."""
    found = selectors.version_get(model=name, number=number)
    asked = builds.build_request(
        version=found,
        targets=request.POST.getlist("targets"),
        by=actor_of(request),
        optimise=request.POST.get("optimise", Optimise.BALANCED),
        weights=Weights.APART if "apart" in request.POST else Weights.TOGETHER,
        arithmetic=request.POST.get("arithmetic", Arithmetic.REFUSE),
        force="force" in request.POST,
    )
    fresh = sum(not one.cached for one in asked)
    messages.success(
        request, f"{fresh} asked for, {len(asked) - fresh} found finished: the same bytes."
    )
    return to_version(found)


@action("ota_write")
def release_draft(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Draft a release of the version."""
    found = selectors.version_get(model=name, number=number)
    notes, needs = request.POST.get("notes", ""), needs_of(request.POST.get("needs", ""))
    made = ota.release_create(by=actor_of(request), version=found, notes=notes, needs=needs)
    return HttpResponseRedirect(reverse("console:release", args=[made.public_id]))


@action("registry_write")
def alias(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Point an alias at the version, if it still points where the form said."""
    found = selectors.version_get(model=name, number=number)
    with at_field("alias"):
        moved = alias_move(
            model=found.model,
            name=request.POST.get("alias", ""),
            to=found,
            expected=_expected(request),
            by=actor_of(request),
            may_move_protected=request.user.has_perm("access.access_write"),
        )
    messages.success(request, f"{moved.name} points at {found.label} now.")
    return to_version(found)


@action("registry_write")
def alias_remove(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Take an alias away, if it still points at the version that the form said."""
    row = selectors.alias_get(model=name, name=request.POST.get("alias", ""))
    alias_forget(
        alias=row,
        expected=_expected(request),
        by=actor_of(request),
        may_move_protected=request.user.has_perm("access.access_write"),
    )
    messages.success(request, f"{row.name} points at nothing now.")
    return to_version(selectors.version_get(model=name, number=number))


def _expected(request: HttpRequest) -> int | None:
    told = request.POST.get("expected", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None


def description_of(version: ModelVersion) -> str:
    """Return what people wrote of a version."""
    origin = getattr(version, "origin", None)
    return origin.description if origin else ""


def to_version(version: ModelVersion) -> HttpResponseRedirect:
    """Lead to the version's page."""
    return HttpResponseRedirect(
        reverse("console:version", args=[version.model.name, version.number])
    )


def trail_of(version: ModelVersion, *, whole: bool = True) -> Trail:
    """Return the way to a version: models, its model and, unless it is the page, itself."""
    name = version.model.name
    way = [("Models", reverse("console:models")), (name, reverse("console:model", args=[name]))]
    own = (version.label, reverse("console:version", args=[name, version.number]))
    return [*way, own] if whole else way


def matrix(version: ModelVersion) -> dict[str, Build]:
    """Return the newest build of each target in the catalogue that was ever asked for."""
    newest: dict[str, Build | None] = dict.fromkeys(target_names())
    for build in Build.objects.filter(version=version).order_by("created_at"):
        newest[build.target] = build
    return {name: build for name, build in newest.items() if build}
