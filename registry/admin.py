"""The admin's pages of this app: everything to read, nothing to change."""

from django.contrib import admin

from fleet.lib.web.read_only import ReadOnlyAdmin
from registry.models import (
    Alias,
    AliasMove,
    Blob,
    Dataset,
    Evaluation,
    Experiment,
    LoggedFile,
    LoggedModel,
    MetricPoint,
    Model,
    ModelNote,
    ModelVersion,
    Run,
    Tombstone,
    VersionDataset,
    VersionOrigin,
)


@admin.register(Model)
class ModelPage(ReadOnlyAdmin):
    """Models."""

    list_display = ("name", "title", "last_number", "updated_at")
    search_fields = ("name", "title")


@admin.register(ModelVersion)
class VersionPage(ReadOnlyAdmin):
    """Versions."""

    list_display = ("model", "label", "number", "format", "state", "created_by", "created_at")
    list_filter = ("state", "format")
    list_select_related = ("model",)
    search_fields = ("public_id", "label", "blob__sha256", "model__name")


@admin.register(Dataset)
class DatasetPage(ReadOnlyAdmin):
    """Datasets."""

    list_display = ("name", "kind", "samples", "x_shape", "has_labels", "created_at")
    list_filter = ("kind", "has_labels")
    search_fields = ("public_id", "name", "blob__sha256")


@admin.register(Alias)
class AliasPage(ReadOnlyAdmin):
    """Aliases."""

    list_display = ("name", "model", "version", "protected", "updated_at")
    list_filter = ("protected",)
    list_select_related = ("model", "version__model")


@admin.register(AliasMove)
class AliasMovePage(ReadOnlyAdmin):
    """Moves of aliases."""

    list_display = ("alias", "old", "new", "by", "created_at")
    list_select_related = ("alias__model", "old__model", "new__model")


@admin.register(Blob)
class BlobPage(ReadOnlyAdmin):
    """Blobs."""

    list_display = ("sha256", "size_bytes", "created_at")
    search_fields = ("sha256",)


@admin.register(Evaluation)
class EvaluationPage(ReadOnlyAdmin):
    """Evaluations."""

    list_display = ("version", "dataset", "engine", "metrics", "created_at")
    list_filter = ("engine",)
    list_select_related = ("version__model", "dataset")


@admin.register(VersionDataset)
class VersionDatasetPage(ReadOnlyAdmin):
    """Which dataset a version uses for what."""

    list_display = ("version", "kind", "dataset")
    list_filter = ("kind",)
    list_select_related = ("version__model", "dataset")


@admin.register(Experiment)
class ExperimentPage(ReadOnlyAdmin):
    """Experiments."""

    list_display = ("name", "created_by", "created_at", "deleted")
    search_fields = ("name",)


@admin.register(Run)
class RunPage(ReadOnlyAdmin):
    """Runs of training."""

    list_display = ("name", "experiment", "state", "created_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("experiment",)
    search_fields = ("public_id", "name")


@admin.register(MetricPoint)
class MetricPointPage(ReadOnlyAdmin):
    """Values of metrics."""

    list_display = ("run", "key", "value", "word", "step")
    list_select_related = ("run",)
    search_fields = ("key",)


@admin.register(LoggedModel)
class LoggedModelPage(ReadOnlyAdmin):
    """Logged models."""

    list_display = ("name", "public_id", "run", "state", "created_at")
    list_filter = ("state",)
    list_select_related = ("run",)
    search_fields = ("public_id", "name")


@admin.register(LoggedFile)
class LoggedFilePage(ReadOnlyAdmin):
    """Files of runs and of logged models."""

    list_display = ("path", "run", "logged", "blob", "created_at")
    list_select_related = ("run", "logged", "blob")
    search_fields = ("path",)


@admin.register(ModelNote)
class ModelNotePage(ReadOnlyAdmin):
    """Tags of models."""

    list_display = ("model", "tags")
    list_select_related = ("model",)


@admin.register(VersionOrigin)
class VersionOriginPage(ReadOnlyAdmin):
    """What versions were registered from."""

    list_display = ("version", "run", "logged", "source")
    list_select_related = ("version__model", "run", "logged")


@admin.register(Tombstone)
class TombstonePage(ReadOnlyAdmin):
    """What was deleted."""

    list_display = ("kind", "title", "reason", "by", "created_at")
    list_filter = ("kind",)
    search_fields = ("=subject", "title", "=sha256")
