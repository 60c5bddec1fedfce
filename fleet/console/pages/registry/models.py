"""Models and datasets: what was pushed, which version each alias leads to, what was deleted."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from fleet.console.page import Trail, page, show
from fleet.console.present.card import card_of
from registry import selectors
from registry.choices import DatasetKind
from registry.models import AliasMove

MOVES: Final = 30
RECENT: Final = 200  # datasets, and what was deleted


@page("registry_read")
def models(request: HttpRequest) -> HttpResponse:
    """List models that are in use with their versions and aliases; `?archived` lists the others."""
    archived = "archived" in request.GET
    found = selectors.models_all(archived=archived).order_by("name")
    return show(request, "models.html", "Models", models=found, archived=archived)


@page("registry_read")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """Show one model: versions, aliases, and how the aliases moved."""
    found = selectors.model_get(name)
    moves = AliasMove.objects.filter(alias__model=found).select_related("alias", "old", "new")
    archived = "archived" in request.GET
    rows = selectors.versions_all(model=name, archived=archived)
    return show(
        request,
        "model.html",
        found.title or found.name,
        trail=_way(),
        model=found,
        card=card_of(found.title, found.description),
        archived=archived,
        versions=rows.prefetch_related(None).prefetch_related("aliases").order_by("-number"),
        moves=moves[:MOVES],
    )


@page("registry_read")
def datasets(request: HttpRequest) -> HttpResponse:
    """List datasets, the newest first; `?archived` lists those that were put away."""
    archived = "archived" in request.GET
    kind = request.GET.get("kind", "")
    wanted = {"kind": kind} if kind in DatasetKind.values else {}
    found = selectors.datasets_all(archived=archived, **wanted).order_by("-created_at", "-pk")
    return show(
        request,
        "datasets.html",
        "Datasets",
        datasets=found[:RECENT],
        archived=archived,
        kind=kind,
        kinds=DatasetKind.choices,
    )


@page("registry_read")
def deleted(request: HttpRequest) -> HttpResponse:
    """List what was deleted: names, digests, who, when and why."""
    stones = selectors.tombstones()[:RECENT]
    return show(request, "deleted.html", "Deleted", trail=_way(), stones=stones)


def _way() -> Trail:
    return [("Models", reverse("console:models"))]
