"""The registry's rows."""

from registry.models.alias import Alias, AliasMove
from registry.models.blob import Blob
from registry.models.dataset import Dataset
from registry.models.model import NAME_MAX, TITLE_MAX, Model
from registry.models.tombstone import REASON_MAX, Retirable, Tombstone
from registry.models.tracking import (
    KEY_MAX,
    PATH_MAX,
    RUN_NAME_MAX,
    SOURCE_MAX,
    Experiment,
    LoggedFile,
    LoggedModel,
    MetricPoint,
    ModelNote,
    Run,
    VersionOrigin,
)
from registry.models.version import Evaluation, ModelVersion, VersionDataset

__all__ = [
    "KEY_MAX",
    "NAME_MAX",
    "PATH_MAX",
    "REASON_MAX",
    "RUN_NAME_MAX",
    "SOURCE_MAX",
    "TITLE_MAX",
    "Alias",
    "AliasMove",
    "Blob",
    "Dataset",
    "Evaluation",
    "Experiment",
    "LoggedFile",
    "LoggedModel",
    "MetricPoint",
    "Model",
    "ModelNote",
    "ModelVersion",
    "Retirable",
    "Run",
    "Tombstone",
    "VersionDataset",
    "VersionOrigin",
]
