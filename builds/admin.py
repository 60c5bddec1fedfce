"""The admin's pages of builds: everything to read, nothing to change."""

from django.contrib import admin

from builds.models import Artifact, Build, BuildStep, Int8Model, Probe, QuantizeCrash, SigningKey
from fleet.lib.web.read_only import ReadOnlyAdmin


@admin.register(Build)
class BuildAdmin(ReadOnlyAdmin):
    """Builds and where they stand."""

    list_display = ("public_id", "version", "target", "state", "stage", "attempt", "created_at")
    list_filter = ("state", "target")
    list_select_related = ("version__model",)
    search_fields = ("public_id", "cache_key")


@admin.register(BuildStep)
class BuildStepAdmin(ReadOnlyAdmin):
    """The log of stages."""

    list_display = ("build", "attempt", "stage", "seconds", "text", "at")
    list_select_related = ("build",)


@admin.register(Artifact)
class ArtifactAdmin(ReadOnlyAdmin):
    """Files of builds."""

    list_display = ("public_id", "build", "kind", "filename", "size_bytes", "sha256")
    list_filter = ("kind",)
    list_select_related = ("build",)
    search_fields = ("public_id", "sha256")


@admin.register(Int8Model)
class Int8ModelAdmin(ReadOnlyAdmin):
    """Quantised models and their quality."""

    list_display = ("version", "recipe_digest", "float_accuracy", "int8_accuracy", "created_at")
    list_select_related = ("version__model",)


@admin.register(QuantizeCrash)
class QuantizeCrashAdmin(ReadOnlyAdmin):
    """Files that are not converted again."""

    list_display = ("contents_digest", "sentence", "created_at")


@admin.register(Probe)
class ProbeAdmin(ReadOnlyAdmin):
    """Admissions and where they stand."""

    list_display = ("version", "state", "attempt", "worker", "last_error")
    list_filter = ("state",)
    list_select_related = ("version__model",)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """Public keys."""

    list_display = ("role", "keyid", "created_at", "retired_at")
    list_filter = ("role",)
