"""Words of builds: stages in their order, kinds of artifacts, recipes and key roles."""

from enum import StrEnum

from django.db import models


class Stage(models.TextChoices):
    """Where a build stands. The order here is the order of work."""

    QUANTISE = "quantise"
    COMPILE = "compile"
    TOOLCHAIN = "toolchain"
    FIT = "fit"
    PROVE = "prove"
    PACKAGE = "package"
    SIGN = "sign"
    STORE = "store"


class Optimise(models.TextChoices):
    """What the compiler weighs most."""

    SIZE = "size"
    BALANCED = "balanced"
    SPEED = "speed"


class Weights(models.TextChoices):
    """Whether the code is made for one training, or takes the weights of any."""

    TOGETHER = "together"
    APART = "apart"


class Arithmetic(models.TextChoices):
    """Whose integers a build computes where TFLM leaves what rounding explains."""

    REFUSE = "refuse"
    TFLM = "tflm"
    LITERT = "litert"


class Scheme(models.TextChoices):
    """How a float model becomes integers."""

    INT8 = "int8"


class ArtifactKind(models.TextChoices):
    """What one output of a build is for."""

    LIBRARY = "library"
    SOURCES = "sources"
    IMAGE = "image"
    CODE = "code"
    WEIGHTS = "weights"
    BUNDLE = "bundle"
    REPORT = "report"
    GOLDEN = "golden"
    SCHEMA = "schema"
    PROVENANCE = "provenance"


class KeyRole(StrEnum):
    """What a signing key may sign: artifacts, devices' instructions, MCUboot images, provenance of
    builds, the audit log's head.
    """

    ARTIFACTS = "artifacts"
    DIRECTOR = "director"
    FIRMWARE = "firmware"
    BUILDER = "builder"
    AUDIT = "audit"
