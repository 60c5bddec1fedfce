"""The words that the registry's rows use."""

from typing import Final

from django.db import models


class Format(models.TextChoices):
    """What a version's file is."""

    KERAS = "keras", "Keras archive"
    TFLITE = "tflite", "TensorFlow Lite"


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


class Engine(models.TextChoices):
    """Which arithmetic gave an evaluation's figures."""

    FLOAT = "float"
    INT8 = "int8"


# Every legal move of a version; the two ends are final.
ADMISSION: Final[dict[tuple[VersionState, str], VersionState]] = {
    (VersionState.PENDING, "admit"): VersionState.ADMITTED,
    (VersionState.PENDING, "reject"): VersionState.REJECTED,
}
