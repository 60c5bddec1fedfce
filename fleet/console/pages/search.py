"""Search over everything by a few letters, as the palette (Ctrl-K) asks: names, labels and ids.

Guarantees: a person finds what they may read now, since nothing is cached, as the theme's own
search does; each kind gives a few; one bounded query per kind.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.dataclasses import SearchResult

from builds.models import Build
from fleet.console.manual import documents
from fleet.devices.models import Device, Group
from fleet.telemetry.models import Incident
from ota.models import Release, Rollout
from registry.models import Dataset, Model, ModelVersion

EACH: Final = 6  # results of one kind
DIGEST_MIN: Final = 8  # letters of a file's digest that name it
TERM_MAX: Final = 100  # characters that are looked at

Kind = Callable[[str], Iterator[SearchResult]]


def search(request: HttpRequest) -> HttpResponse:
    """Answer the palette's request with a list of links."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    begin = time.monotonic()
    results = Paginator(found(request, request.GET.get("s", "")), EACH * len(KINDS))
    context = {
        "page_obj": results,
        "results": results.page(1),
        "page_counter": 0,
        "execution_time": time.monotonic() - begin,
        "command_show_history": False,
    }
    answer = TemplateResponse(request, "unfold/helpers/command_results.html", context)
    answer["HX-Trigger"] = "search"
    return answer


def found(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return what a person may read and the term names, kind by kind."""
    wanted = term.strip().lower()[:TERM_MAX]
    if not wanted:
        return []
    may = request.user.has_perm
    return [result for right, kind in KINDS if may(f"access.{right}") for result in kind(wanted)]


def _devices(term: str) -> Iterator[SearchResult]:
    named = Q(name__icontains=term) | Q(controller_id__icontains=term) | Q(public_id=term)
    for row in Device.objects.filter(named).order_by("name")[:EACH]:
        about = f"device, {row.state}, {row.target}"
        yield _result(row.name, about, "devices_other", "device", row.public_id)


def _groups(term: str) -> Iterator[SearchResult]:
    for row in Group.objects.filter(name__icontains=term).order_by("name")[:EACH]:
        yield _result(row.name, f"group {row.query}".strip(), "group_work", "group", row.name)


def _models(term: str) -> Iterator[SearchResult]:
    named = Q(name__icontains=term) | Q(title__icontains=term)
    for row in Model.objects.filter(named, deleted_at=None).order_by("name")[:EACH]:
        yield _result(row.name, f"model {row.title}".strip(), "inventory_2", "model", row.name)


def _versions(term: str) -> Iterator[SearchResult]:
    model, _, label = term.replace(":", " ").rpartition(" ")
    named = Q(label__icontains=label) & (Q(model__name__icontains=model) if model else Q())
    meant = named | Q(public_id=term)
    if len(term) >= DIGEST_MIN:
        meant |= Q(blob__sha256__startswith=term)
    rows = (
        ModelVersion.objects.filter(meant, deleted_at=None).select_related("model").order_by("-pk")
    )
    for row in rows[:EACH]:
        about = f"version, {row.state}"
        yield _result(str(row), about, "deployed_code", "version", row.model.name, row.number)


def _datasets(term: str) -> Iterator[SearchResult]:
    named = Q(name__icontains=term) | Q(public_id=term)
    rows = Dataset.objects.filter(named, deleted_at=None).order_by("-pk")
    for row in rows[:EACH]:
        yield _result(row.name, f"dataset, {row.kind}", "database", "dataset", row.public_id)


def _builds(term: str) -> Iterator[SearchResult]:
    meant = Q(public_id=term) | Q(version__label=term)
    rows = Build.objects.filter(meant).select_related("version__model").order_by("-pk")
    for row in rows[:EACH]:
        about = f"build for {row.target}, {row.state}"
        yield _result(str(row.version), about, "memory", "build", row.public_id)


def _releases(term: str) -> Iterator[SearchResult]:
    meant = Q(public_id=term) | Q(version__label=term) | Q(name__icontains=term)
    rows = Release.objects.filter(meant | Q(own_label=term)).select_related("version__model")
    for row in rows.order_by("-pk")[:EACH]:
        yield _result(row.title, f"release, {row.state}", "verified", "release", row.public_id)


def _rollouts(term: str) -> Iterator[SearchResult]:
    meant = Q(public_id=term) | Q(release__version__label=term) | Q(group__name__icontains=term)
    rows = Rollout.objects.filter(meant).select_related("release__version__model", "group")
    for row in rows.order_by("-pk")[:EACH]:
        about = f"rollout, {row.state}"
        title = f"{row.release.title} to {row.group.name}"
        yield _result(title, about, "rocket_launch", "rollout", row.public_id)


def _incidents(term: str) -> Iterator[SearchResult]:
    meant = Q(public_id=term) | Q(cause__icontains=term) | Q(summary__icontains=term)
    for row in Incident.objects.filter(meant).order_by("-pk")[:EACH]:
        about = f"incident, {row.state}"
        yield _result(row.summary or row.cause, about, "crisis_alert", "incident", row.public_id)


def _manual(term: str) -> Iterator[SearchResult]:
    pages = [page for page in documents().values() if term in page.title.lower()]
    for page in pages[:EACH]:
        yield _result(page.title, "manual", "menu_book", "document", page.slug)


KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("devices_read", _devices),
    ("devices_read", _groups),
    ("registry_read", _models),
    ("registry_read", _versions),
    ("registry_read", _datasets),
    ("builds_read", _builds),
    ("ota_read", _releases),
    ("ota_read", _rollouts),
    ("telemetry_read", _incidents),
    ("registry_read", _manual),
)


def _result(title: str, about: str, icon: str, page: str, *names: object) -> SearchResult:
    link = reverse(f"console:{page}", args=names)
    return SearchResult(title=title, description=about, link=link, icon=icon)
