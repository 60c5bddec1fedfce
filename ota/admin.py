"""Support staff's view: read-mostly; changes go through the services, never through the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ota import models


class ReadOnly(ModelAdmin):  # type: ignore[misc]
    """Rows can be looked at, not changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes here."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes here."""
        del request, obj
        return False


@admin.register(models.Release)
class ReleaseAdmin(ReadOnly):
    """Releases."""

    list_display = ("public_id", "version", "state", "counter", "created_label", "published_at")
    list_filter = ("state",)
    search_fields = ("public_id",)
    list_select_related = ("version__model",)


@admin.register(models.ReleaseArtifact)
class ReleaseArtifactAdmin(ReadOnly):
    """What targets get."""

    list_display = ("release", "target", "filename", "size_bytes", "sha256")
    list_filter = ("target",)
    list_select_related = ("release__version__model",)


@admin.register(models.Approval)
class ApprovalAdmin(ReadOnly):
    """Who agreed."""

    list_display = ("release", "label", "at")
    list_select_related = ("release__version__model",)


@admin.register(models.Rollout)
class RolloutAdmin(ReadOnly):
    """Rollouts."""

    list_display = ("public_id", "release", "group", "state", "reason", "started_at")
    list_filter = ("state",)
    search_fields = ("public_id",)
    list_select_related = ("release__version__model", "group")


@admin.register(models.Wave)
class WaveAdmin(ReadOnly):
    """Waves."""

    list_display = ("rollout", "index", "share_percent", "state", "since")
    list_filter = ("state",)
    list_select_related = ("rollout__release__version__model", "rollout__group")


@admin.register(models.GateResult)
class GateResultAdmin(ReadOnly):
    """What gates said."""

    list_display = ("rollout", "gate", "verdict", "sentence", "at")
    list_filter = ("verdict", "gate")
    list_select_related = ("rollout__release__version__model", "rollout__group")


@admin.register(models.RolloutEvent)
class RolloutEventAdmin(ReadOnly):
    """What happened to rollouts."""

    list_display = ("rollout", "step", "state", "text", "actor", "at")
    list_select_related = ("rollout__release__version__model", "rollout__group")


@admin.register(models.Assignment)
class AssignmentAdmin(ReadOnly):
    """Devices' parts."""

    list_display = ("public_id", "device", "kind", "state", "cause", "text", "since")
    list_filter = ("state", "kind", "cause")
    search_fields = ("public_id", "device__controller_id")
    list_select_related = ("device",)


@admin.register(models.AssignmentEvent)
class AssignmentEventAdmin(ReadOnly):
    """What happened to devices' parts."""

    list_display = ("assignment", "step", "state", "text", "at")
    list_select_related = ("assignment",)


@admin.register(models.Slot)
class SlotAdmin(ReadOnly):
    """Devices between assignments."""

    list_display = ("device", "counter", "config_wanted", "installed")
    list_select_related = ("device", "installed")


@admin.register(models.Instruction)
class InstructionAdmin(ReadOnly):
    """Signed documents."""

    list_display = ("assignment", "device", "counter", "issued_at", "expires_at")
    list_select_related = ("assignment", "device")
