"""What a version brings into a build, read from the registry once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builds.pipeline.identity import int8_digest
from registry.models import Dataset, ModelVersion


@dataclass(frozen=True)
class VersionInputs:
    """A version with its datasets, by their use."""

    version: ModelVersion
    datasets: Mapping[str, Dataset]

    @property
    def facts(self) -> dict[str, Any]:
        """What artifacts and schema tell of the version."""
        return {
            "model": self.version.model.name,
            "version": self.version.label,
            "version_number": self.version.number,
            "class_names": tuple(self.version.class_names),
        }

    @property
    def sources(self) -> dict[str, str]:
        """The sha256 of each dataset by its use."""
        return {kind: dataset.blob_id for kind, dataset in self.datasets.items()}

    @property
    def int8_digest(self) -> str:
        """The key under which the version's int8 model is found."""
        facts = self.facts | {"class_names": list(self.version.class_names)}
        return int8_digest(source=self.version.blob_id, datasets=self.sources, facts=facts)

    @property
    def contents_digest(self) -> str:
        """The key of the bytes alone: equal for two versions of one file with the same datasets."""
        return int8_digest(source=self.version.blob_id, datasets=self.sources, facts={})


def version_inputs(version: ModelVersion) -> VersionInputs:
    """Read a version and its datasets: one query."""
    rows = version.version_datasets.select_related("dataset__blob")
    return VersionInputs(version, {row.kind: row.dataset for row in rows})
