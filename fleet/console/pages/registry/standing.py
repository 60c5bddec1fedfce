"""Putting away, bringing back and deleting models, versions and datasets: first what holds it."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Question, Trail, action, ask_first, page, show, verb_of
from fleet.console.templatetags.ui import size
from registry import selectors, services
from registry.models import Dataset, Model, ModelVersion

Entry: TypeAlias = Model | ModelVersion | Dataset
DONE: Final[Mapping[str, str]] = {
    "archive": "archived",
    "restore": "brought back",
    "delete": "deleted",
}


@page("registry_read")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """Show what holds a model, and what can be done with it."""
    return _shown(request, selectors.model_get(name))


@page("registry_read")
def version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show what holds a version, and what can be done with it."""
    return _shown(request, selectors.version_get(model=name, number=number))


@page("registry_read")
def dataset(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what holds a dataset, and what can be done with it."""
    return _shown(request, selectors.dataset_get(public_id))


@action("registry_write")
def model_move(request: HttpRequest, name: str, verb: str) -> HttpResponse:
    """Archive, bring back or delete a model."""
    return _moved(request, selectors.model_get(name), verb)


@action("registry_write")
def version_move(request: HttpRequest, name: str, number: int, verb: str) -> HttpResponse:
    """Archive, bring back or delete a version."""
    return _moved(request, selectors.version_get(model=name, number=number), verb)


@action("registry_write")
def dataset_move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Archive, bring back or delete a dataset."""
    return _moved(request, selectors.dataset_get(public_id), verb)


def _shown(request: HttpRequest, entry: Entry) -> HttpResponse:
    kind = services.kind_of(entry)
    return show(
        request,
        "standing.html",
        f"Archive or delete {entry}",
        trail=_way(entry),
        entry=entry,
        kind=kind,
        holds_archive=services.entry_holds(entry, deleting=False),
        holds_delete=services.entry_holds(entry, deleting=True),
    )


def _moved(request: HttpRequest, entry: Entry, verb: str) -> HttpResponse:
    verb_of(DONE, verb)
    if verb == "delete" and (asks := ask_first(request, _before_deleting(entry))):
        return asks
    reason, by = request.POST.get("reason", ""), actor_of(request)
    title, away = str(entry), _list_of(entry)
    if verb == "delete":
        services.entry_delete(entry=entry, by=by, reason=reason)
    elif verb == "archive":
        services.entry_archive(entry=entry, by=by, reason=reason)
    else:
        services.entry_restore(entry=entry, by=by, reason=reason)
    messages.success(request, f"{title} was {DONE[verb]}.")
    return HttpResponseRedirect(away if verb == "delete" else address_of(entry))


def _before_deleting(entry: Entry) -> Question:
    if isinstance(entry, Model):
        count = entry.version_count  # type: ignore[attr-defined]
        what = f"{count} version{'' if count == 1 else 's'} with their files go with it."
    else:
        what = f"Its file ({size(entry.blob.size_bytes)}) goes."
    return Question(
        f"Delete {entry}?",
        f"{what} The name is never used again. What was built stays, as do the digest, your name "
        "and the reason.",
        "Delete it",
        typed=str(entry),
        needs_reason=True,
    )


def address_of(entry: Entry) -> str:
    """Return the page of an entry."""
    match entry:
        case Model():
            return reverse("console:model", args=[entry.name])
        case Dataset():
            return reverse("console:dataset", args=[entry.public_id])
        case ModelVersion():
            return reverse("console:version", args=[entry.model.name, entry.number])


def _list_of(entry: Entry) -> str:
    if isinstance(entry, ModelVersion):
        return reverse("console:model", args=[entry.model.name])
    return reverse("console:datasets" if isinstance(entry, Dataset) else "console:models")


def _way(entry: Entry) -> Trail:
    above = ("Datasets", "datasets") if isinstance(entry, Dataset) else ("Models", "models")
    return [(above[0], reverse(f"console:{above[1]}")), (str(entry), address_of(entry))]
