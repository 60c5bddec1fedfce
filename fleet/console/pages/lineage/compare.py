"""Versions side by side: two, or as many as are ticked on the model's page."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from builds.selectors import columns_of
from fleet.console.page import page, show
from fleet.console.present.comparison import operator_texts, parts
from fleet.lib.errors import NotFound, Refused
from registry import selectors
from registry.compare.sheets import COLUMNS_MAX, sheet
from registry.models import ModelVersion

WORD_MAX = 80  # characters of a version's name in the address


@page("registry_read")
def chosen(request: HttpRequest, name: str) -> HttpResponse:
    """Show the versions named by `?versions=`, each a number, a label, a digest or an alias."""
    words = list(dict.fromkeys(request.GET.getlist("versions")))
    if not 2 <= len(words) <= COLUMNS_MAX:
        raise Refused(f"Tick 2 to {COLUMNS_MAX} versions to lay them side by side.")
    found = [selectors.version_resolve(model=name, word=word[:WORD_MAX]) for word in words]
    return side_by_side(request, found)


@page("registry_read")
def compared(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show a version beside the one named by `?with=`."""
    after = selectors.version_get(model=name, number=number)
    word = request.GET.get("with", "")[:WORD_MAX]
    if not word:
        raise NotFound("Name the other version.")
    return side_by_side(request, [selectors.version_resolve(model=name, word=word), after])


def side_by_side(request: HttpRequest, versions: Sequence[ModelVersion]) -> HttpResponse:
    """Return the page of versions side by side: what differs, or with `?all` everything."""
    found = sheet(columns_of(versions))
    everything = "all" in request.GET
    model = versions[0].model.name
    same = len({version.blob_id for version in versions}) == 1
    return show(
        request,
        "compare.html",
        f"{' against '.join(version.label for version in versions)} of {model}",
        trail=[
            ("Models", reverse("console:models")),
            (model, reverse("console:model", args=[model])),
        ],
        versions=versions,
        same_file=same,
        parts=parts(found, everything=everything),
        operators=operator_texts(found.operators, everything=everything),
        told=bool(found.operators),
        untold=[versions[place].label for place in found.untold],
        everything=everything,
        address=request.GET.urlencode(),
        columns=len(versions) + 1,
    )
