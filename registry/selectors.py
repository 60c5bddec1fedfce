"""Every question that is asked of the registry, each under a name."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet

from fleet.lib.errors import Conflict, FleetError, Gone, NotFound
from registry.choices import Engine, EntryKind, VersionState
from registry.compare import Facts
from registry.models import (
    Alias,
    AliasMove,
    Blob,
    Dataset,
    Evaluation,
    Model,
    ModelVersion,
    Tombstone,
)

NUMBER_DIGITS = 10  # the number of a version has fewer
EntryT = TypeVar("EntryT", Model, ModelVersion, Dataset)
# The filters of a list of versions, and the lookup that each means.
VERSION_FILTERS: dict[str, str] = {
    "model": "model__name",
    "label": "label",
    "digest": "blob_id",
    "format": "format",
    "state": "state",
    "alias": "aliases__name",
    "op": "ops__has_key",
    "dataset": "version_datasets__dataset__public_id",
}


def models_all(*, archived: bool | None = False) -> QuerySet[Model]:
    """Models that are in use, with their number of versions and their aliases; or those that are
    archived, or (None) both.
    """
    standing = Count("versions", filter=Q(versions__deleted_at=None))
    counted = _standing(Model.objects.all(), archived).annotate(version_count=standing)
    return counted.prefetch_related(Prefetch("aliases", Alias.objects.select_related("version")))


def model_get(name: str) -> Model:
    """The model of that name. Raises NotFound, or Gone for one that was deleted."""
    model = models_all(archived=None).filter(name=name).first()
    if model is None:
        raise _missing(EntryKind.MODEL, name, f"There is no model {name}.")
    return model


def versions_all(*, archived: bool | None = None, **filters: Any) -> QuerySet[ModelVersion]:
    """Versions with all that a list shows; see `VERSION_FILTERS`. Those that are archived are among
    them unless it is said.
    """
    wanted = {VERSION_FILTERS[name]: value for name, value in filters.items()}
    return (
        _standing(ModelVersion.objects.all(), archived)
        .filter(**wanted)
        .select_related("model", "blob", "origin")
        .prefetch_related(
            "version_datasets__dataset",
            "aliases",
            Prefetch("evaluations", Evaluation.objects.select_related("dataset")),
        )
    )


def versions_pending() -> QuerySet[ModelVersion]:
    """What nobody has looked at yet, the oldest first."""
    return ModelVersion.objects.filter(state=VersionState.PENDING).order_by("created_at", "pk")


def version_get(*, model: str, number: int) -> ModelVersion:
    """The version of that number. Raises NotFound, or Gone for one that was deleted."""
    version = versions_all(model=model).filter(number=number).first()
    if version is None:
        was = ModelVersion.objects.filter(model__name=model, number=number).first()
        message = f"There is no version {number} of the model {model}."
        raise _missing(EntryKind.VERSION, was.public_id if was else "", message)
    return version


def version_by_id(public_id: str) -> ModelVersion:
    """The version of that public id. Raises NotFound."""
    version = versions_all().filter(public_id=public_id).first()
    if version is None:
        raise _missing(EntryKind.VERSION, public_id, f"There is no version {public_id}.")
    return version


def versions_by_id(public_ids: Sequence[str]) -> list[ModelVersion]:
    """The versions of those public ids, in that order. Raises NotFound for the first unknown."""
    found = {row.public_id: row for row in versions_all().filter(public_id__in=public_ids)}
    if missing := next((word for word in public_ids if word not in found), None):
        raise NotFound(f"There is no version {missing}.")
    return [found[word] for word in public_ids]


def version_resolve(*, model: str, word: str) -> ModelVersion:
    """A version by number, label, digest or alias, in this order. Raises NotFound."""
    versions = versions_all(model=model)
    number = int(word) if word.isascii() and word.isdigit() and len(word) < NUMBER_DIGITS else 0
    if found := versions.filter(number=number).first():
        return found
    standing = versions.exclude(state=VersionState.REJECTED)
    for field in ("label", "public_id", "blob_id", "aliases__name"):
        lookup = {field: word}
        if found := standing.filter(**lookup).first() or versions.filter(**lookup).first():
            return found
    raise NotFound(f"The model {model} has no version {word}.")


def alias_get(*, model: str, name: str) -> Alias:
    """The alias of that name. Raises NotFound."""
    aliases = Alias.objects.select_related("version", "model")
    alias = aliases.filter(model__name=model, name=name).first()
    if alias is None:
        raise NotFound(f"The model {model} has no alias {name}.")
    return alias


def aliases_of(model: Model) -> QuerySet[Alias]:
    """The aliases of a model."""
    return Alias.objects.filter(model=model).select_related("version", "model")


def alias_moves(alias: Alias) -> QuerySet[AliasMove]:
    """The moves of an alias, the newest first."""
    return AliasMove.objects.filter(alias=alias).select_related("old", "new")


def datasets_all(*, archived: bool | None = None, **filters: str) -> QuerySet[Dataset]:
    """Datasets, all or those of one `kind`, `name` or `digest`; archived ones are among them unless
    it is said.
    """
    lookups = {"kind": "kind", "name": "name", "digest": "blob_id"}
    wanted = {lookups[name]: value for name, value in filters.items()}
    return _standing(Dataset.objects.all(), archived).filter(**wanted).select_related("blob")


def dataset_get(public_id: str) -> Dataset:
    """The dataset of that public id. Raises NotFound, or Gone for one that was deleted."""
    dataset = datasets_all().filter(public_id=public_id).first()
    if dataset is None:
        raise _missing(EntryKind.DATASET, public_id, f"There is no dataset {public_id}.")
    return dataset


def dataset_versions(dataset: Dataset) -> QuerySet[ModelVersion]:
    """The versions that were made or measured with a dataset."""
    return versions_all(dataset=dataset.public_id)


def blob_get(sha256: str) -> Blob:
    """The blob of that digest. Raises NotFound."""
    blob = Blob.objects.filter(pk=sha256).first()
    if blob is None:
        raise NotFound(f"There is no blob {sha256}.")
    if blob.discarded_at is not None:
        raise Gone(f"The bytes of {sha256} were deleted.")
    return blob


def tombstones(*, kind: str = "", digest: str = "") -> QuerySet[Tombstone]:
    """What was deleted, the newest first."""
    lookups = {"kind": kind, "sha256": digest}
    return Tombstone.objects.filter(**{name: value for name, value in lookups.items() if value})


def version_facts(version: ModelVersion) -> Facts:
    """What is compared of a version; best read from `versions_all`, which has fetched it."""
    return Facts(
        sha256=version.blob_id,
        size_bytes=version.blob.size_bytes,
        format=version.format,
        io_schema=version.io_schema,
        ops=version.ops,
        metrics=version.metrics,
        lineage=version.lineage,
        class_names=tuple(version.class_names),
        datasets={use.kind: use.dataset.public_id for use in version.version_datasets.all()},
        evaluations={row.engine: row.metrics for row in version.evaluations.all()},
    )


def accuracy(version: ModelVersion, engine: Engine) -> float | None:
    """The measured accuracy of a version with an engine, or None."""
    found = version.evaluations.filter(engine=engine).first()
    value = found.metrics.get("accuracy") if found else None
    return float(value) if value is not None else None


def _standing(rows: QuerySet[EntryT], archived: bool | None) -> QuerySet[EntryT]:  # noqa: FBT001 - passed on
    """What was not deleted, and is archived or not, or either (None)."""
    found = rows.filter(deleted_at=None)
    return found if archived is None else found.filter(archived_at__isnull=not archived)


def _missing(kind: EntryKind, subject: str, message: str) -> FleetError:
    """What to raise for an entry that is not there: it may have been deleted."""
    stone = Tombstone.objects.filter(kind=kind, subject=subject).first()
    if stone is None:
        return NotFound(message)
    told = {"deleted_at": stone.created_at.isoformat(), "deleted_by": stone.by}
    return Gone(stone.sentence(), extra={**told, "deleted_because": stone.reason})


def require_standing(version: ModelVersion) -> None:
    """Raise Conflict unless something new may be made of the version, which needs its model as
    well; it stays so until the end of the caller's transaction.
    """
    rows = ModelVersion.objects.filter(pk=version.pk)
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update(no_key=True)
    archived, deleted = rows.values_list("archived_at", "deleted_at").get()
    if deleted or archived:
        raise Conflict(f"{version} is {'deleted' if deleted else 'archived'}.", code="archived")
    # After the lock, which whoever archives a model takes on its versions, too.
    if Model.objects.filter(pk=version.model_id, archived_at__isnull=False).exists():
        name = version.model.name
        raise Conflict(f"The model {name} is archived: bring it back first.", code="archived")
