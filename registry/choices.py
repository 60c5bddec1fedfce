"""The words that the registry's rows use."""

from typing import Final

from django.db import models


class Format(models.TextChoices):
    """What a version's file is."""

    KERAS = "keras", "Keras archive"
    TFLITE = "tflite", "TensorFlow Lite"
    ONNX = "onnx", "ONNX"
    PT2 = "pt2", "PyTorch export"
    JSON = "json", "Classical model"
    SKOPS = "skops", "scikit-learn by skops"
    EDGE_IMPULSE = "edge-impulse", "Edge Impulse archive"


class VersionState(models.TextChoices):
    """Whether a version was looked at, and what came of it."""

    PENDING = "pending"
    ADMITTED = "admitted"
    REJECTED = "rejected"


class DatasetKind(models.TextChoices):
    """What a dataset is for."""

    CALIBRATION = "calibration"
    EVALUATION = "evaluation"
    REFERENCE = "reference"


class EntryKind(models.TextChoices):
    """What can be archived and deleted."""

    MODEL = "model"
    VERSION = "version"
    DATASET = "dataset"


class Engine(models.TextChoices):
    """Which arithmetic gave an evaluation's figures."""

    FLOAT = "float"
    INT8 = "int8"


# Every legal move of a version; the two ends are final.
ADMISSION: Final[dict[tuple[VersionState, str], VersionState]] = {
    (VersionState.PENDING, "admit"): VersionState.ADMITTED,
    (VersionState.PENDING, "reject"): VersionState.REJECTED,
}


class RunState(models.TextChoices):
    """How a training goes, in the words of its client."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class LoggedState(models.TextChoices):
    """Whether all files of a logged model have come."""

    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"
