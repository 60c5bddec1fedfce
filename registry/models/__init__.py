"""The registry's rows."""

from registry.models.alias import Alias, AliasMove
from registry.models.blob import Blob
from registry.models.dataset import Dataset
from registry.models.model import NAME_MAX, TITLE_MAX, Model
from registry.models.version import Evaluation, ModelVersion, VersionDataset

__all__ = [
    "NAME_MAX",
    "TITLE_MAX",
    "Alias",
    "AliasMove",
    "Blob",
    "Dataset",
    "Evaluation",
    "Model",
    "ModelVersion",
    "VersionDataset",
]
