"""What a version brings into a build, read from the registry."""

from typing import Any

from builds.pipeline.identity import int8_digest
from registry.models import Dataset, ModelVersion


def version_facts(version: ModelVersion) -> dict[str, Any]:
    """What artifacts and schema tell of a version."""
    return {
        "model": version.model.name,
        "version": version.label,
        "version_number": version.number,
        "class_names": tuple(version.class_names),
    }


def version_datasets(version: ModelVersion) -> dict[str, Dataset]:
    """The datasets of a version by their use."""
    rows = version.version_datasets.select_related("dataset__blob")
    return {row.kind: row.dataset for row in rows}


def version_int8_digest(version: ModelVersion) -> str:
    """The key under which this version's int8 model is found."""
    facts = version_facts(version)
    return int8_digest(
        source=version.blob_id,
        datasets={kind: dataset.blob_id for kind, dataset in version_datasets(version).items()},
        facts=facts | {"class_names": list(facts["class_names"])},
    )


def version_contents_digest(version: ModelVersion) -> str:
    """The key of the bytes alone: equal for two versions of one file with the same datasets."""
    datasets = {kind: dataset.blob_id for kind, dataset in version_datasets(version).items()}
    return int8_digest(source=version.blob_id, datasets=datasets, facts={})
