"""Support staff's view: read-mostly; changes go through the services, never through the admin."""

from django.contrib import admin

from fleet.lib.web.read_only import ReadOnlyAdmin
from ota import models


@admin.register(models.Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """Releases."""

    list_display = ("public_id", "version", "state", "counter", "created_label", "published_at")
    list_filter = ("state",)
    search_fields = ("public_id",)
    list_select_related = ("version__model",)


@admin.register(models.ReleaseArtifact)
class ReleaseArtifactAdmin(ReadOnlyAdmin):
    """What targets get."""

    list_display = ("release", "target", "filename", "size_bytes", "sha256")
    list_filter = ("target",)
    list_select_related = ("release__version__model",)


@admin.register(models.Delta)
class DeltaAdmin(ReadOnlyAdmin):
    """What devices download in place of whole files."""

    list_display = ("source", "target", "state", "size_bytes", "last_error", "updated_at")
    list_filter = ("state",)
    search_fields = ("source", "target")


@admin.register(models.Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """Approvals of releases."""

    list_display = ("release", "label", "at")
    list_select_related = ("release__version__model",)


@admin.register(models.RolloutPolicy)
class RolloutPolicyAdmin(ReadOnlyAdmin):
    """Policies of the operators' own."""

    list_display = ("name", "description", "changed_by", "updated_at")
    search_fields = ("name",)


@admin.register(models.Rollout)
class RolloutAdmin(ReadOnlyAdmin):
    """Rollouts."""

    list_display = ("public_id", "release", "group", "state", "reason", "started_at")
    list_filter = ("state",)
    search_fields = ("public_id",)
    list_select_related = ("release__version__model", "group")


@admin.register(models.Wave)
class WaveAdmin(ReadOnlyAdmin):
    """Waves."""

    list_display = ("rollout", "index", "share_percent", "state", "since")
    list_filter = ("state",)
    list_select_related = ("rollout__release__version__model", "rollout__group")


@admin.register(models.RolloutApproval)
class RolloutApprovalAdmin(ReadOnlyAdmin):
    """Approvals of starts and waves."""

    list_display = ("rollout", "wave", "label", "at")
    list_select_related = ("rollout__release__version__model", "rollout__group", "wave")


@admin.register(models.RolloutCheck)
class RolloutCheckAdmin(ReadOnlyAdmin):
    """Questions about waves to somebody outside."""

    list_display = ("public_id", "wave", "destination", "verdict", "due_at")
    list_filter = ("verdict",)
    list_select_related = ("wave",)


@admin.register(models.GateResult)
class GateResultAdmin(ReadOnlyAdmin):
    """What gates said."""

    list_display = ("rollout", "gate", "verdict", "sentence", "at")
    list_filter = ("verdict", "gate")
    list_select_related = ("rollout__release__version__model", "rollout__group")


@admin.register(models.GateLook)
class GateLookAdmin(ReadOnlyAdmin):
    """What gates found at each look."""

    list_display = ("rollout", "gate", "metric", "verdict", "estimate", "at")
    list_filter = ("verdict", "gate")
    list_select_related = ("rollout__release__version__model", "rollout__group")


@admin.register(models.RolloutEvent)
class RolloutEventAdmin(ReadOnlyAdmin):
    """What happened to rollouts."""

    list_display = ("rollout", "step", "state", "text", "actor", "at")
    list_select_related = ("rollout__release__version__model", "rollout__group")


@admin.register(models.Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    """Devices' parts."""

    list_display = ("public_id", "device", "kind", "state", "cause", "text", "since")
    list_filter = ("state", "kind", "cause")
    search_fields = ("public_id", "device__controller_id")
    list_select_related = ("device",)


@admin.register(models.AssignmentEvent)
class AssignmentEventAdmin(ReadOnlyAdmin):
    """What happened to devices' parts."""

    list_display = ("assignment", "step", "state", "text", "at")
    list_select_related = ("assignment",)


@admin.register(models.DeviceUpdateState)
class DeviceUpdateStateAdmin(ReadOnlyAdmin):
    """Devices between assignments."""

    list_display = ("device", "counter", "config_wanted", "installed")
    list_select_related = ("device", "installed")


@admin.register(models.Instruction)
class InstructionAdmin(ReadOnlyAdmin):
    """Signed documents."""

    list_display = ("assignment", "device", "counter", "issued_at", "expires_at")
    list_select_related = ("assignment", "device")


@admin.register(models.SigningRequest)
class SigningRequestAdmin(ReadOnlyAdmin):
    """What the signer was asked."""

    list_display = ("public_id", "kind", "release", "state", "reason", "created_at", "decided_at")
    list_filter = ("state", "kind")
    list_select_related = ("release__version__model",)


@admin.register(models.TufMetadata)
class TufMetadataAdmin(ReadOnlyAdmin):
    """What was signed."""

    list_display = ("role", "version", "signed_at", "expires_at")
    list_filter = ("role",)


@admin.register(models.Epoch)
class EpochAdmin(ReadOnlyAdmin):
    """Lives of the database."""

    list_display = ("number", "first_action", "because", "began_at")


@admin.register(models.Trouble)
class TroubleAdmin(ReadOnlyAdmin):
    """What a person has to look at."""

    list_display = ("kind", "text", "since")


@admin.register(models.Shadow)
class ShadowAdmin(ReadOnlyAdmin):
    """Challengers beside what groups run."""

    list_display = ("public_id", "release", "group", "state", "every", "until", "devices")
    list_filter = ("state",)
    list_select_related = ("release__version__model", "group")
    search_fields = ("public_id",)


@admin.register(models.ShadowCount)
class ShadowCountAdmin(ReadOnlyAdmin):
    """How they agree, by device and boot."""

    list_display = ("shadow", "device", "champion", "state", "ran", "agreed", "told_at")
    list_filter = ("state",)
    list_select_related = ("shadow", "device", "champion__model")
    search_fields = ("shadow__public_id", "device__public_id")


@admin.register(models.SoftwareModule)
class SoftwareModuleAdmin(ReadOnlyAdmin):
    """Software of other makers."""

    list_display = ("public_id", "name", "version", "type", "target", "created_by", "removed_at")
    search_fields = ("public_id", "name")


@admin.register(models.SoftwareFile)
class SoftwareFileAdmin(ReadOnlyAdmin):
    """Its files."""

    list_display = ("module", "filename", "format", "size_bytes", "sha256")
    list_filter = ("format",)
    list_select_related = ("module",)


@admin.register(models.ReleaseModule)
class ReleaseModuleAdmin(ReadOnlyAdmin):
    """Which releases hold it."""

    list_display = ("release", "module", "position")
    list_select_related = ("release__version__model", "module")


@admin.register(models.SystemConfig)
class SystemConfigAdmin(ReadOnlyAdmin):
    """Settings of management clients."""

    list_display = ("key", "updated_at")
    exclude = ("value",)


@admin.register(models.ShownSecret)
class ShownSecretAdmin(ReadOnlyAdmin):
    """Secrets that management clients may read again; nobody reads them here."""

    list_display = ("token",)
    exclude = ("sealed",)


@admin.register(models.AssignmentCount)
class AssignmentCountAdmin(ReadOnlyAdmin):
    """Changes of how many devices are in which state."""

    list_display = ("rollout_id", "wave_id", "kind", "state", "devices")


@admin.register(models.RolloutPlace)
class RolloutPlaceAdmin(ReadOnlyAdmin):
    """Devices whose assignment is not made yet."""

    list_display = ("rollout_id", "position", "device_id", "skipped")
