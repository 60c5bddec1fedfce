"""What people write of models and versions, edited on their pages."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, given
from fleet.console.pages.versions import description_of, to_version
from fleet.console.present.card import card_of
from fleet.lib.errors import Stale
from registry import selectors, services
from registry.api.serializers import ModelChangeIn, VersionChangeIn


@action("registry_write")
def model_card(request: HttpRequest, name: str) -> HttpResponse:
    """Change a model's title and description, unless somebody else did since the form was made."""
    found = selectors.model_get(name)
    texts = given(ModelChangeIn, request.POST)
    _require_seen(request, found.title, found.description)
    services.model_describe(
        model=found,
        title=texts.get("title", ""),
        description=_lines(texts.get("description", "")),
        by=actor_of(request),
    )
    messages.success(request, f"The card of {name} was changed.")
    return HttpResponseRedirect(reverse("console:model", args=[name]))


@action("registry_write")
def version_card(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Change what people read of a version, unless somebody else did."""
    found = selectors.version_get(model=name, number=number)
    said = _lines(given(VersionChangeIn, request.POST).get("description", ""))
    _require_seen(request, "", description_of(found))
    services.version_describe(version=found, description=said, by=actor_of(request))
    messages.success(request, f"The card of {found} was changed.")
    return to_version(found)


def _require_seen(request: HttpRequest, title: str, description: str) -> None:
    if request.POST.get("seen") != card_of(title, description)["seen"]:
        raise Stale("Somebody else changed this card first: look at it, then change yours.")


def _lines(text: str) -> str:
    """A browser ends lines as a typewriter does."""
    return text.replace("\r\n", "\n")
