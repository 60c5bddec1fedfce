"""The admin's pages of this app: everything to read, nothing to change."""

from django.contrib import admin

from fleet.lib.web.read_only import ReadOnlyAdmin
from registry.models import (
    Alias,
    AliasMove,
    Blob,
    Dataset,
    Evaluation,
    Model,
    ModelVersion,
    VersionDataset,
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
