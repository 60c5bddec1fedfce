"""Bringing in a version or a dataset: a file that is chosen or dropped, and what is said of it.

The form works without a script; with one, the bytes are counted as they go, and a refusal leaves
the form as it is, its file too.
"""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO, Final, cast

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, page, show
from fleet.console.present.labels import labels_of
from fleet.lib.errors import NotFound, Refused, at_field
from registry import selectors, services
from registry.choices import DatasetKind
from registry.models import Dataset, Model
from registry.services import Claims

OFFERED: Final = 200  # datasets and models of a list to choose from
MODEL_FILES: Final = ".keras,.tflite,.onnx,.pt2,.zip"


@page("registry_read")
def version_new(request: HttpRequest) -> HttpResponse:
    """Show the form for a version's file; `?model=` names its model."""
    rows = selectors.datasets_all(archived=False).order_by("-created_at", "-pk")[:OFFERED]
    offered: dict[str, list[Dataset]] = {kind: [] for kind in DatasetKind.values}
    for row in rows:
        offered[row.kind].append(row)
    return show(
        request,
        "upload_version.html",
        "Upload a version",
        trail=[("Models", reverse("console:models"))],
        model=request.GET.get("model", ""),
        models=selectors.models_all().order_by("name")[:OFFERED],
        datasets=offered,
        limit=settings.EDGEFLEET_MODEL_MAX_BYTES,
        accepts=MODEL_FILES,
    )


@action("registry_write")
def version_send(request: HttpRequest) -> HttpResponse:
    """Push a version, into a model that is made for it where there is none of that name."""
    content = _file(request)
    claims = Claims(
        label=request.POST.get("label", "").strip() or None,
        metrics=_numbers(request.POST.get("metrics", "")),
        lineage=_pairs(request, "lineage"),
        class_names=_classes(request.POST.get("class_names", "")),
    )
    datasets = _datasets(request)
    with transaction.atomic():
        model = _model(request)
        version = services.version_add(
            model=model, content=content, claims=claims, datasets=datasets, by=actor_of(request)
        )
    messages.success(request, f"{version} was pushed; its file is being checked.")
    address = reverse("console:version", args=[model.name, version.number])
    return HttpResponseRedirect(address)


@page("registry_read")
def dataset_new(request: HttpRequest) -> HttpResponse:
    """Show the form for a dataset's file."""
    return show(
        request,
        "upload_dataset.html",
        "Upload a dataset",
        trail=_datasets_way(),
        kinds=DatasetKind.choices,
        limit=settings.EDGEFLEET_DATASET_MAX_BYTES,
    )


@action("registry_write")
def dataset_send(request: HttpRequest) -> HttpResponse:
    """Store a dataset."""
    content = _file(request)
    made = services.dataset_add(
        name=request.POST.get("name", "").strip(),
        kind=request.POST.get("kind", ""),
        content=content,
        by=actor_of(request),
    )
    messages.success(request, f"{made} was stored.")
    return HttpResponseRedirect(reverse("console:dataset", args=[made.public_id]))


def _file(request: HttpRequest) -> BinaryIO:
    found = request.FILES.get("file")
    if found is None or not found.size:
        message = "Choose a file; it has to be chosen again after a refusal."
        raise Refused(message, extra={"field": "file"})
    return cast("BinaryIO", found.file)


def _model(request: HttpRequest) -> Model:
    name = request.POST.get("model", "").strip()
    with at_field("model"):
        try:
            return selectors.model_get(name)
        except NotFound:
            return services.model_create(name=name, by=actor_of(request))


def _datasets(request: HttpRequest) -> dict[str, Dataset]:
    found = {}
    for kind in DatasetKind.values:
        if public_id := request.POST.get(kind, ""):
            with at_field(kind):
                found[str(kind)] = selectors.dataset_get(public_id)
    return found


def _pairs(request: HttpRequest, name: str) -> Mapping[str, str]:
    with at_field(name):
        return labels_of(request.POST.get(name, ""))


def _numbers(text: str) -> dict[str, Any]:
    with at_field("metrics"):
        try:
            return {name: float(json.loads(value)) for name, value in labels_of(text).items()}
        except (ValueError, TypeError, RecursionError):
            raise Refused("A metric is name=number, such as accuracy=0.98.") from None


def _classes(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _datasets_way() -> Trail:
    return [("Datasets", reverse("console:datasets"))]
