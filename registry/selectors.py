"""Every question that is asked of the registry, each under a name."""

from typing import Any

from django.db.models import Count, Prefetch, QuerySet

from fleet.lib.errors import NotFound
from registry.choices import Engine, VersionState
from registry.compare import Facts
from registry.models import Alias, AliasMove, Blob, Dataset, Evaluation, Model, ModelVersion

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


def models_all() -> QuerySet[Model]:
    """Every model, with its number of versions and its aliases."""
    counted = Model.objects.annotate(version_count=Count("versions"))
    return counted.prefetch_related(Prefetch("aliases", Alias.objects.select_related("version")))


def model_get(name: str) -> Model:
    """The model of that name. Raises NotFound."""
    model = models_all().filter(name=name).first()
    if model is None:
        raise NotFound(f"There is no model {name}.")
    return model


def versions_all(**filters: Any) -> QuerySet[ModelVersion]:
    """Versions with all that a list shows; see `VERSION_FILTERS`."""
    wanted = {VERSION_FILTERS[name]: value for name, value in filters.items()}
    return (
        ModelVersion.objects.filter(**wanted)
        .select_related("model", "blob")
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
    """The version of that number. Raises NotFound."""
    version = versions_all(model=model).filter(number=number).first()
    if version is None:
        raise NotFound(f"There is no version {number} of the model {model}.")
    return version


def version_by_id(public_id: str) -> ModelVersion:
    """The version of that public id. Raises NotFound."""
    version = versions_all().filter(public_id=public_id).first()
    if version is None:
        raise NotFound(f"There is no version {public_id}.")
    return version


def version_resolve(*, model: str, word: str) -> ModelVersion:
    """A version by number, label, digest or alias, in this order. Raises NotFound."""
    versions = versions_all(model=model)
    if word.isascii() and word.isdigit() and (found := versions.filter(number=int(word)).first()):
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


def datasets_all(**filters: str) -> QuerySet[Dataset]:
    """Datasets, all or those of one `kind`, `name` or `digest`."""
    lookups = {"kind": "kind", "name": "name", "digest": "blob_id"}
    wanted = {lookups[name]: value for name, value in filters.items()}
    return Dataset.objects.filter(**wanted).select_related("blob")


def dataset_get(public_id: str) -> Dataset:
    """The dataset of that public id. Raises NotFound."""
    dataset = datasets_all().filter(public_id=public_id).first()
    if dataset is None:
        raise NotFound(f"There is no dataset {public_id}.")
    return dataset


def dataset_versions(dataset: Dataset) -> QuerySet[ModelVersion]:
    """The versions that were made or measured with a dataset."""
    return versions_all(dataset=dataset.public_id)


def blob_get(sha256: str) -> Blob:
    """The blob of that digest. Raises NotFound."""
    blob = Blob.objects.filter(pk=sha256).first()
    if blob is None:
        raise NotFound(f"There is no blob {sha256}.")
    return blob


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
