"""From what was logged to a version that can be built.

The `.keras` or `.tflite` file is taken out of the logged folder and pushed as any other: its bytes
decide, within the budget of every push. Pickles, Python and whatever else lies beside it are kept
as files and never opened.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from fleet.access import audit
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, NotFound, Refused, Unprocessable
from fleet.lib.text import strict_json
from registry import blobs, selectors, services
from registry.choices import DatasetKind, Format
from registry.models import (
    SOURCE_MAX,
    Blob,
    Dataset,
    LoggedModel,
    Model,
    ModelNote,
    ModelVersion,
    Run,
    VersionOrigin,
)
from registry.names import CLASSES_MAX, DOCUMENT_BYTES
from registry.services import Claims
from registry.tracking.bounds import VALUE_MAX, merged
from registry.tracking.places import FilePlace, place_of_source

SUFFIXES: Final = tuple(f".{form}" for form in Format.values)
# Tags of ours, on a run, a logged model or a version.
LABEL_TAG: Final = "edgefleet.label"
CLASSES_TAG: Final = "edgefleet.class_names"
FILE_TAG: Final = "edgefleet.file"
DATASET_TAG: Final = "edgefleet.dataset."
COMMIT_TAG: Final = "mlflow.source.git.commit"
SOURCE_TAG: Final = "mlflow.source.name"


def version_register(
    *,
    model: Model,
    source: str,
    run: Run | None,
    description: str,
    tags: Mapping[str, str],
    by: Actor,
) -> ModelVersion:
    """A version from logged files, pending; the same source gives the version that it gave before.

    Raises Refused or Unprocessable where nothing in there can be built, and what a push raises.
    """
    if len(source) > SOURCE_MAX:
        raise Refused(f"A source has at most {SOURCE_MAX} characters.")
    place = place_of_source(source)
    run = run or _run_of(place)
    logged = place.owner if isinstance(place.owner, LoggedModel) else None
    known = {**(run.tags if run else {}), **(logged.tags if logged else {}), **tags}
    blob = model_file(place, known.get(FILE_TAG))
    claims = Claims(
        label=known.get(LABEL_TAG),
        metrics=_metrics(run),
        lineage=_lineage(run, source, known, tuple(logged.params.items()) if logged else ()),
        class_names=_class_names(known.get(CLASSES_TAG)),
    )
    row = {
        "source": source,
        "run": run,
        "logged": logged,
        "description": description[:VALUE_MAX],
        "tags": merged({}, tags, "tag"),
    }
    try:
        with blobs.open(blob.sha256) as content:
            version = services.version_add(
                model=model,
                content=content,
                claims=claims,
                datasets=_datasets(known),
                by=by,
                beside=lambda made: VersionOrigin.objects.create(version=made, **row),
            )
        return selectors.version_by_id(version.public_id)
    except Conflict as conflict:
        there = VersionOrigin.objects.filter(version__public_id=conflict.extra.get("id"))
        if conflict.reason == "duplicate" and there.filter(source=source).exists():
            return selectors.version_by_id(conflict.extra["id"])
        raise


def model_file(place: FilePlace, named: str | None) -> Blob:
    """The one file of a place that can be built. Raises Refused or Unprocessable."""
    if isinstance(place.owner, ModelVersion):
        selectors.require_standing(place.owner)
        return place.owner.blob
    files = {row.path: row.blob for row in place.files()}
    if not files:
        raise NotFound("Nothing was logged at this address.")
    if named is not None:
        path = f"{place.path}/{named}" if place.path else named
        if path not in files:
            raise Refused(f"The tag {FILE_TAG} names {named[:80]}, which was not logged here.")
        return files[path]
    found = [path for path in sorted(files) if path.endswith(SUFFIXES)]
    if len(found) == 1:
        return files[found[0]]
    if found:
        several = ", ".join(found[:4])
        raise Unprocessable(f"These are several models ({several}); name one in {FILE_TAG}.")
    beside = ", ".join(path.rpartition("/")[2] for path in sorted(files)[:6])
    wanted = " and no ".join(SUFFIXES)
    raise Unprocessable(
        f"There is no {wanted} file among the logged ones ({beside}), and devices run nothing"
        " else: log the model with mlflow.keras, or its .tflite as an artifact."
    )


@transaction.atomic
def model_tag(
    *, model: Model, tags: Mapping[str, str], by: Actor, without: str | None = None
) -> ModelNote:
    """Tag a model, or take one tag away."""
    note, _ = ModelNote.objects.select_for_update().get_or_create(model=model)
    kept = {name: value for name, value in note.tags.items() if name != without}
    note.tags = merged(kept, tags, "tag")
    note.save(update_fields=["tags"])
    _record_tags(by, "registry.model_tag", model.name, tags, without)
    return note


@transaction.atomic
def version_note(
    *,
    version: ModelVersion,
    by: Actor,
    tags: Mapping[str, str] | None = None,
    without: str | None = None,
    description: str | None = None,
) -> VersionOrigin:
    """Say something more of a version; what it is never changes."""
    origin, _ = VersionOrigin.objects.select_for_update().get_or_create(version=version)
    kept = {name: value for name, value in origin.tags.items() if name != without}
    origin.tags = merged(kept, tags or {}, "tag")
    if description is not None:
        origin.description = description[:VALUE_MAX]
        audit.record(by=by, action="registry.version_describe", subject=version.public_id)
    origin.save(update_fields=["tags", "description"])
    _record_tags(by, "registry.version_tag", version.public_id, tags or {}, without)
    return origin


def _record_tags(
    by: Actor, action: str, subject: str, tags: Mapping[str, str], without: str | None
) -> None:
    """Names alone: values may be long."""
    if tags or without is not None:
        detail = {"tags": sorted(tags), "without": without}
        audit.record(by=by, action=action, subject=subject, detail=detail)


def _run_of(place: FilePlace) -> Run | None:
    match place.owner:
        case Run():
            return place.owner
        case LoggedModel():
            return place.owner.run
    origin = VersionOrigin.objects.filter(version=place.owner).select_related("run").first()
    return origin.run if origin else None


def _metrics(run: Run | None) -> dict[str, Any]:
    newest = run.metrics.items() if run else ()
    return {key: at["value"] for key, at in newest if not isinstance(at["value"], str)}


def _lineage(
    run: Run | None, source: str, tags: Mapping[str, str], more: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    """Where the version came from, as far as the document of a version holds it."""
    lineage: dict[str, Any] = {"source": source}
    # The client writes these on a logged model by itself; on a run, its author may have.
    of_run = run.tags if run else {}
    for name, tag in (("git_commit", COMMIT_TAG), ("script", SOURCE_TAG)):
        if word := of_run.get(tag, tags.get(tag)):
            lineage[name] = word
    if run is None:
        return lineage
    lineage |= {"run": run.public_id, "run_name": run.name, "experiment": run.experiment.name}
    if run.inputs:
        lineage["trained_on"] = [_named(one) for one in run.inputs]
    params = {**run.params, **dict(more)}
    if len(json.dumps(lineage | {"params": params})) <= DOCUMENT_BYTES:
        lineage["params"] = params
    return lineage


def _named(dataset: Mapping[str, Any]) -> str:
    return f"{dataset.get('name', '')} {dataset.get('digest', '')}".strip()


def _class_names(said: str | None) -> list[str]:
    if said is None:
        return []
    try:
        names = strict_json.parse(said, at=CLASSES_TAG)
    except Refused:
        names = None
    if not isinstance(names, list) or len(names) > CLASSES_MAX:
        raise Refused(f"The tag {CLASSES_TAG} is a JSON list of names.")
    return names


def _datasets(tags: Mapping[str, str]) -> dict[str, Dataset]:
    """Datasets for calibration and the like, by their id or their name."""
    found = {}
    for kind in DatasetKind.values:
        if word := tags.get(f"{DATASET_TAG}{kind}"):
            rows = selectors.datasets_all()
            row = rows.filter(public_id=word).first() or rows.filter(name=word, kind=kind).first()
            if row is None:
                raise NotFound(f"There is no {kind} dataset {word[:80]}.")
            found[kind] = row
    return found
