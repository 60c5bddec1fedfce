"""The registry's rows."""

from registry.models.alias import Alias, AliasMove
from registry.models.blob import Blob
from registry.models.dataset import Dataset
from registry.models.model import Model
from registry.models.version import Evaluation, ModelVersion, VersionDataset

__all__ = [
    "Alias",
    "AliasMove",
    "Blob",
    "Dataset",
    "Evaluation",
    "Model",
    "ModelVersion",
    "VersionDataset",
]
