"""Pushing versions, and saying what came of looking at them.

Guarantees: a push that is refused leaves no row; numbers are never used twice; admission decides
once. The I/O schema and the ops come from the file, through whoever listens to `version_added`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Stale, TooLarge, Unprocessable
from registry import blobs
from registry.choices import DatasetKind, Format, VersionState
from registry.files import keras as keras_archive
from registry.files import pt2
from registry.files import tflite as tflite_outline
from registry.files.edge_impulse.facts import ImpulseFacts, impulse_facts
from registry.files.onnx import outline as onnx_outline
from registry.files.shapes import mismatch, schema_mismatches
from registry.files.sniff import HEAD_BYTES, is_edge_impulse, is_skops, sniff
from registry.models import Dataset, Model, ModelVersion, VersionDataset
from registry.names import check_class_names, check_document, check_label
from registry.signals import version_added, version_decided

REASONS_MAX: Final = 20
REASON_LENGTH: Final = 500  # characters
UNPACKED_FACTOR: Final = 4  # an archive may unpack to so many times the limit of its size


@dataclass(frozen=True)
class Claims:
    """What the pusher says of a version; nothing here is believed about the file itself."""

    label: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    lineage: Mapping[str, Any] = field(default_factory=dict)
    class_names: Sequence[str] = ()


def version_add(
    *,
    model: Model,
    content: BinaryIO,
    claims: Claims,
    datasets: Mapping[str, Dataset] | None = None,
    by: Actor,
    beside: Callable[[ModelVersion], object] | None = None,
) -> ModelVersion:
    """A new version, pending. Raises Refused, TooLarge or Unprocessable for the file, Conflict for
    a label that is taken or a file that was pushed before. `beside` writes what belongs to it, in
    its transaction.
    """
    if claims.label is not None:
        check_label(claims.label)
    _require_in_use(model)
    uses = _checked_uses(datasets or {})
    kind = _look(content, uses)
    if kind is Format.EDGE_IMPULSE:
        claims = _told(impulse_facts(content, limit_bytes=_unpacked_bytes()), claims)
        content.seek(0)
    with transaction.atomic():
        version = _insert(model, content, claims, kind, by)
        _hold(uses)
        for use, dataset in uses.items():
            VersionDataset.objects.create(version=version, dataset=dataset, kind=use)
        if beside is not None:
            beside(version)
        detail = {"model": model.name, "number": version.number, "sha256": version.blob_id}
        audit.record(by=by, action="registry.version_add", subject=version.public_id, detail=detail)
        version_added.send(sender=ModelVersion, version=version)
    return version


def version_admit(
    *, version: ModelVersion, io_schema: Mapping[str, Any], ops: Mapping[str, int], by: Actor
) -> ModelVersion:
    """Write what the file holds, and admit; datasets that do not fit reject the version instead."""
    shapes = {use.kind: use.dataset.x_shape for use in _uses(version)}
    if wrong := schema_mismatches(shapes, io_schema):
        return version_reject(version=version, reasons=wrong, by=by)
    return _decide(
        version, VersionState.ADMITTED, by, io_schema=dict(io_schema), ops=dict(ops), reasons=[]
    )


def version_reject(*, version: ModelVersion, reasons: Sequence[str], by: Actor) -> ModelVersion:
    """Close a version for good, with the sentences that say why."""
    kept = [str(reason)[:REASON_LENGTH] for reason in reasons[:REASONS_MAX]]
    return _decide(version, VersionState.REJECTED, by, reasons=kept)


@transaction.atomic
def _decide(version: ModelVersion, to: VersionState, by: Actor, **facts: Any) -> ModelVersion:
    pending = ModelVersion.objects.filter(pk=version.pk, state=VersionState.PENDING)
    if not compare_and_set(pending, state=to, decided_at=clock.now(), **facts):
        version.refresh_from_db()
        if version.state == to:  # a worker that was thought dead says the same again
            return version
        raise Stale(f"{version} is {version.state} already.")
    version.refresh_from_db()
    audit.record(
        by=by,
        action=f"registry.version_{to}",
        subject=version.public_id,
        detail={"reasons": facts["reasons"]},
    )
    version_decided.send(sender=ModelVersion, version=version)
    return version


def _look(content: BinaryIO, uses: Mapping[str, Dataset]) -> Format:
    """Judge the file before anything is stored; leaves it at its start."""
    size = content.seek(0, 2)
    limit = settings.EDGEFLEET_MODEL_MAX_BYTES
    if size > limit:
        raise TooLarge(f"The model file has {size} bytes; at most {limit} are taken.")
    content.seek(0)
    kind = sniff(content.read(HEAD_BYTES), size)
    content.seek(0)
    if kind is Format.KERAS and pt2.is_pt2(content):
        kind = Format.PT2
    elif kind is Format.KERAS and is_skops(content):
        kind = Format.SKOPS
    elif kind is Format.KERAS and is_edge_impulse(content):
        kind = Format.EDGE_IMPULSE
    _check_shapes(_input_shapes(content, kind), uses)
    content.seek(0)
    return kind


def _unpacked_bytes() -> int:
    limit: int = settings.EDGEFLEET_MODEL_MAX_BYTES
    return limit * UNPACKED_FACTOR


def _told(impulse: ImpulseFacts, claims: Claims) -> Claims:
    """What an archive says of itself, where its pusher says nothing else."""
    return replace(
        claims,
        class_names=claims.class_names or impulse.classes,
        lineage={"edge_impulse": impulse.told, **claims.lineage},
    )


def _input_shapes(content: BinaryIO, kind: Format) -> Sequence[Sequence[int]]:
    """What the file says of its inputs, without loading it; this refuses a damaged file."""
    if kind is Format.TFLITE:
        return tflite_outline.outline(content.read()).inputs
    if kind is Format.ONNX:
        return onnx_outline.outline(content.read())
    if kind in (Format.EDGE_IMPULSE, Format.JSON, Format.SKOPS):  # the jailed reader says it
        return []
    if kind is Format.PT2:
        graph = pt2.read(content, limit_bytes=_unpacked_bytes())
        return [graph.shape_here(value)[1:] for value in graph.inputs]
    return keras_archive.outline(content, limit_bytes=_unpacked_bytes()).inputs


def _check_shapes(inputs: Sequence[Sequence[int]], uses: Mapping[str, Dataset]) -> None:
    if len(inputs) != 1:
        return
    for use, dataset in uses.items():
        if wrong := mismatch(use, dataset.x_shape, inputs[0]):
            raise Unprocessable(wrong, code="shape_mismatch")


def _checked_uses(datasets: Mapping[str, Dataset]) -> dict[str, Dataset]:
    for use, dataset in datasets.items():
        _require_in_use(dataset)
        if use not in DatasetKind.values:
            raise Refused(f"A dataset is for {', '.join(DatasetKind.values)}; not for {use}.")
        if use == DatasetKind.EVALUATION and not dataset.has_labels:
            raise Unprocessable(f"{dataset.name} has no labels (y), so nothing can be evaluated.")
    return dict(sorted(datasets.items()))


def _hold(uses: Mapping[str, Dataset]) -> None:
    """Keep the datasets as they are until the caller's transaction ends."""
    named = Dataset.objects.filter(pk__in=[dataset.pk for dataset in uses.values()])
    for dataset in named.select_for_update(no_key=True).order_by("pk"):
        _require_in_use(dataset)


def _require_in_use(entry: Model | Dataset) -> None:
    what = f"The {'model' if isinstance(entry, Model) else 'dataset'} {entry.name}"
    if entry.deleted_at:
        raise Conflict(f"{what} is deleted.", code="deleted")
    if entry.archived_at:
        raise Conflict(f"{what} is archived: bring it back first.", code="archived")


def _insert(
    model: Model, content: BinaryIO, claims: Claims, kind: Format, by: Actor
) -> ModelVersion:
    blob = blobs.put(content, limit_bytes=settings.EDGEFLEET_MODEL_MAX_BYTES)
    # The update locks the model's row until we commit, so two pushes cannot read the same number.
    # It was read before the file came: by now it may be archived, or deleted.
    in_use = Model.objects.filter(pk=model.pk, archived_at=None, deleted_at=None)
    counted = compare_and_set(in_use, last_number=F("last_number") + 1)
    model.refresh_from_db(fields=["last_number", "archived_at", "deleted_at"])
    if not counted:
        _require_in_use(model)
    _refuse_twins(model, claims.label, blob.sha256)
    version = ModelVersion(
        model=model,
        number=model.last_number,
        label=claims.label or str(model.last_number),
        blob=blob,
        format=kind,
        metrics=check_document(claims.metrics, "The metrics"),
        lineage=check_document(claims.lineage, "The lineage"),
        class_names=check_class_names(claims.class_names),
        created_by=by.label,
    )
    try:
        with transaction.atomic():
            version.save()
    except IntegrityError as error:
        raise Conflict(f"The label {version.label} is taken.", code="exists") from error
    return version


def _refuse_twins(model: Model, label: str | None, sha256: str) -> None:
    """A label leads to one version; a file without a label of its own is pushed once.

    What was rejected blocks neither: its pusher mends the file and pushes it under the same label.
    """
    versions = ModelVersion.objects.filter(model=model).exclude(state=VersionState.REJECTED)
    same_file = versions.filter(blob=sha256, deleted_at=None)
    twin = versions.filter(label=label).first() if label else same_file.first()
    if twin is None:
        return
    if twin.deleted_at:
        raise Conflict(
            f"{model.name} {twin.label} was deleted, and its label is never used again.",
            code="deleted",
        )
    same = twin.blob_id == sha256
    raise Conflict(
        f"{model.name} {twin.label} exists already, with {'the same' if same else 'another'} file.",
        code="duplicate" if same else "exists",
        extra={"id": twin.public_id, "number": twin.number},
    )


def _uses(version: ModelVersion) -> Sequence[VersionDataset]:
    return list(version.version_datasets.select_related("dataset"))
