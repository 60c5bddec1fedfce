"""Models: what was pushed, and which version each alias leads to."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from fleet.console.page import page, show
from registry import selectors
from registry.models import AliasMove

MOVES: Final = 30


@page("registry_read")
def models(request: HttpRequest) -> HttpResponse:
    """List every model with its number of versions and its aliases."""
    return show(request, "models.html", "Models", models=selectors.models_all().order_by("name"))


@page("registry_read")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """Show one model: versions, aliases, and how the aliases moved."""
    found = selectors.model_get(name)
    moves = AliasMove.objects.filter(alias__model=found).select_related("alias", "old", "new")
    return show(
        request,
        "model.html",
        found.title or found.name,
        trail=[("Models", reverse("console:models"))],
        model=found,
        versions=selectors.versions_all(model=name).order_by("-number"),
        moves=moves[:MOVES],
    )
