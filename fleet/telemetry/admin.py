"""The admin's pages of this app, for support: everything to read, nothing to change past the
services.
"""

from django.contrib import admin

from fleet.lib.web.read_only import ReadOnlyAdmin
from fleet.telemetry.models import (
    ActionRun,
    AlertMemory,
    AlertRule,
    BacktestRun,
    CaptureBatch,
    CaptureKey,
    CapturePart,
    CaptureRequest,
    Delivery,
    Destination,
    Incident,
    IncidentNote,
    LabelledCount,
    LabelledItem,
    Ledger,
    ReferenceProfile,
    Refusal,
    Report,
    Rollup,
    Suspicion,
    TelemetrySchema,
)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """Incidents."""

    list_display = ("cause", "version", "level", "state", "severity", "since", "last_seen_at")
    list_filter = ("state", "severity", "level")
    list_select_related = ("version__model",)
    search_fields = ("public_id", "cause", "summary")


@admin.register(Suspicion)
class SuspicionAdmin(ReadOnlyAdmin):
    """Causes that have not lasted long enough."""

    list_display = ("cause", "version", "since")
    list_select_related = ("version__model",)


@admin.register(TelemetrySchema)
class TelemetrySchemaAdmin(ReadOnlyAdmin):
    """Schemas."""

    list_display = ("schema_id", "version", "created_at")
    list_select_related = ("version__model",)
    search_fields = ("schema_id", "version__public_id")


@admin.register(ReferenceProfile)
class ReferenceProfileAdmin(ReadOnlyAdmin):
    """Reference counts."""

    list_display = ("schema", "created_at")
    list_select_related = ("schema__version__model",)


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    """Windows that were refused, by device and reason."""

    list_display = ("device", "code", "windows", "sentence", "last_at")
    list_filter = ("code",)
    list_select_related = ("device",)
    search_fields = ("device__public_id", "device__controller_id")


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Windows as they arrived."""

    list_display = ("device", "schema", "boot_id", "seq", "samples", "closed_at", "received_at")
    list_select_related = ("device", "schema__version__model")
    search_fields = ("device__public_id", "device__controller_id", "schema__schema_id")
    exclude = ("counts",)


@admin.register(Rollup)
class RollupAdmin(ReadOnlyAdmin):
    """Sums in buckets of time."""

    list_display = ("level", "key", "schema", "bucket_at", "samples", "reports")
    list_filter = ("level",)
    list_select_related = ("schema__version__model",)
    search_fields = ("key", "schema__schema_id")
    exclude = ("counts",)


@admin.register(Ledger)
class LedgerAdmin(ReadOnlyAdmin):
    """Which windows of each boot arrived."""

    list_display = ("device", "boot_id", "high_seq", "updated_at")
    list_select_related = ("device",)
    search_fields = ("device__public_id", "device__controller_id")


@admin.register(LabelledCount)
class LabelledCountAdmin(ReadOnlyAdmin):
    """What true labels said of devices, in buckets of time."""

    list_display = ("version", "device", "bucket_at", "joined_by", "labelled", "correct")
    list_select_related = ("version__model", "device")
    search_fields = ("device__public_id", "device__controller_id", "version__public_id")


@admin.register(LabelledItem)
class LabelledItemAdmin(ReadOnlyAdmin):
    """Windows and samples whose labels are counted."""

    list_display = ("version", "device", "key", "received_at")
    list_select_related = ("version__model", "device")
    search_fields = ("device__public_id", "device__controller_id")


@admin.register(CaptureRequest)
class CaptureRequestAdmin(ReadOnlyAdmin):
    """Captures of samples."""

    list_display = ("public_id", "version", "state", "asked_by", "decided_by", "until", "dataset")
    list_filter = ("state",)
    list_select_related = ("version__model", "dataset")
    search_fields = ("public_id",)


@admin.register(CapturePart)
class CapturePartAdmin(ReadOnlyAdmin):
    """What each device handed in."""

    list_display = ("request", "device", "open", "bytes", "batches", "reason")
    list_select_related = ("request__version__model", "device")
    search_fields = ("request__public_id", "device__public_id")


@admin.register(CaptureBatch)
class CaptureBatchAdmin(ReadOnlyAdmin):
    """Sealed boxes that wait for the worker."""

    list_display = ("part", "seq", "received_at")
    exclude = ("box",)


@admin.register(CaptureKey)
class CaptureKeyAdmin(ReadOnlyAdmin):
    """Public halves of the keys that samples are sealed for."""

    list_display = ("public", "created_at")


@admin.register(IncidentNote)
class IncidentNoteAdmin(ReadOnlyAdmin):
    """What was said about incidents."""

    list_display = ("incident", "author", "text", "at")
    list_select_related = ("incident",)
    search_fields = ("incident__public_id", "author", "text")


@admin.register(AlertRule)
class AlertRuleAdmin(ReadOnlyAdmin):
    """Alert rules."""

    list_display = ("name", "enabled", "owner", "created_at")
    list_filter = ("enabled",)
    list_select_related = ("owner",)
    search_fields = ("public_id", "name")


@admin.register(AlertMemory)
class AlertMemoryAdmin(ReadOnlyAdmin):
    """What each rule has seen and told."""

    list_display = ("rule", "version", "level", "cause", "since", "seen_at", "told_at")
    list_select_related = ("rule",)


@admin.register(ActionRun)
class ActionRunAdmin(ReadOnlyAdmin):
    """What rules did about incidents."""

    list_display = ("action", "rule_name", "incident", "state", "result", "created_at")
    list_filter = ("state", "action")
    list_select_related = ("incident",)
    search_fields = ("incident__public_id", "rule_name")


@admin.register(BacktestRun)
class BacktestRunAdmin(ReadOnlyAdmin):
    """Rules that were tried on stored windows."""

    list_display = ("public_id", "state", "requested_by", "created_at", "finished_at")
    list_filter = ("state",)


@admin.register(Destination)
class DestinationAdmin(ReadOnlyAdmin):
    """Where messages go; secrets stay sealed."""

    list_display = ("name", "kind", "address", "enabled", "failures", "last_success_at")
    list_filter = ("kind", "enabled")
    search_fields = ("public_id", "name")
    exclude = ("secret",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Messages and how they went."""

    list_display = ("public_id", "event", "destination", "state", "attempts", "created_at")
    list_filter = ("state", "event")
    list_select_related = ("destination",)
    search_fields = ("public_id", "subject")
