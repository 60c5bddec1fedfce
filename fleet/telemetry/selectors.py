"""Every question about telemetry, by name."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from fleet.devices.models import Device
from fleet.lib.errors import NotFound
from fleet.telemetry.choices import ACTIVE, RollupLevel
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.layout import Whole
from fleet.telemetry.ingest.sequence import missing
from fleet.telemetry.models import (
    ActionRun,
    AlertRule,
    BacktestRun,
    CaptureRequest,
    Delivery,
    Destination,
    Incident,
    IncidentNote,
    Ledger,
    Report,
    Rollup,
    TelemetrySchema,
)
from registry.models import ModelVersion

KeyT = TypeVar("KeyT")


def schema_latest(version: ModelVersion) -> TelemetrySchema | None:
    """Return the version's newest schema, or None before its release was published."""
    found = TelemetrySchema.objects.filter(version=version).select_related("reference")
    return found.order_by("-created_at", "-pk").first()


def schemas_with_news(since: datetime) -> QuerySet[TelemetrySchema]:
    """Return schemas whose devices reported since then, with their references and versions."""
    busy = Rollup.objects.filter(bucket_at__gte=since).values("schema")
    found = TelemetrySchema.objects.filter(pk__in=busy, reference__isnull=False)
    return found.select_related("reference", "version__model").order_by("pk")


def device_counts(
    schema: TelemetrySchema,
    since: datetime,
    *,
    keys: Collection[str] | None = None,
    until: datetime | None = None,
) -> dict[str, tuple[Whole, int]]:
    """Return the counts and samples of each device (or of some) since then, by public id."""
    found = Rollup.objects.filter(schema=schema, level=RollupLevel.DEVICE, bucket_at__gte=since)
    if keys is not None:
        found = found.filter(key__in=keys)
    if until is not None:
        found = found.filter(bucket_at__lt=until)
    return _summed(found.values_list("key", "counts", "samples"))


def version_series(schema: TelemetrySchema, since: datetime) -> list[Rollup]:
    """Return the version's buckets since then, the oldest first."""
    found = Rollup.objects.filter(schema=schema, level=RollupLevel.VERSION, bucket_at__gte=since)
    return list(found.order_by("bucket_at"))


def devices_reporting(schema: TelemetrySchema, since: datetime) -> int:
    """Return how many devices of a schema have windows since then."""
    found = Rollup.objects.filter(schema=schema, level=RollupLevel.DEVICE, bucket_at__gte=since)
    return found.values("key").distinct().count()


def bucket_counts(
    schema: TelemetrySchema, keys: Collection[str], since: datetime, until: datetime
) -> dict[datetime, tuple[Whole, int]]:
    """Return the counts and samples of devices (public ids; of all when none) by bucket."""
    level = RollupLevel.DEVICE if keys else RollupLevel.VERSION
    found = Rollup.objects.filter(
        schema=schema, level=level, bucket_at__gte=since, bucket_at__lte=until
    )
    if keys:
        found = found.filter(key__in=list(keys))
    rows = found.order_by("bucket_at").values_list("bucket_at", "counts", "samples")
    return _summed(rows)


def device_labels(public_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Return labels and target of devices, by public id; what a cause may be named by."""
    rows = Device.objects.filter(public_id__in=public_ids)
    found = rows.values_list("public_id", "labels", "target")
    return {public_id: labels | {"target": target} for public_id, labels, target in found}


def incidents(
    *, state: str = "", version: str = "", active: bool | None = None
) -> QuerySet[Incident]:
    """Return incidents, filtered."""
    found = Incident.objects.select_related("version__model", "assigned_to")
    if state:
        found = found.filter(state=state)
    if active is not None:
        found = found.filter(state__in=ACTIVE) if active else found.exclude(state__in=ACTIVE)
    return found.filter(version__public_id=version) if version else found


def incident_get(public_id: str) -> Incident:
    """Return an incident. Raises NotFound."""
    found = incidents().filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no incident {public_id[:40]!r}.")
    return found


def incidents_since(since: datetime) -> QuerySet[Incident]:
    """Return incidents that are active, or were since then."""
    return incidents().filter(Q(state__in=ACTIVE) | Q(resolved_at__gte=since))


def incident_notes(incident: Incident) -> QuerySet[IncidentNote]:
    """Return what was said about it, the oldest first."""
    return IncidentNote.objects.filter(incident=incident)


def incident_actions(incident: Incident) -> QuerySet[ActionRun]:
    """Return what rules did about it, the oldest first."""
    return ActionRun.objects.filter(incident=incident).select_related("rule")


def rules(*, enabled: bool | None = None) -> QuerySet[AlertRule]:
    """Return alert rules, the newest first."""
    found = AlertRule.objects.select_related("owner")
    return found if enabled is None else found.filter(enabled=enabled)


def rule_get(public_id: str) -> AlertRule:
    """Return a rule. Raises NotFound."""
    found = rules().filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no rule {public_id[:40]!r}.")
    return found


def backtest_get(public_id: str) -> BacktestRun:
    """Return a back-test. Raises NotFound."""
    found = BacktestRun.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no back-test {public_id[:40]!r}; they are kept for a week.")
    return found


def destinations() -> QuerySet[Destination]:
    """Return destinations, the newest first."""
    return Destination.objects.all()


def destination_get(public_id: str) -> Destination:
    """Return a destination. Raises NotFound."""
    found = destinations().filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no destination {public_id[:40]!r}.")
    return found


def deliveries(
    *, destination: str = "", state: str = "", event: str = "", subject: str = ""
) -> QuerySet[Delivery]:
    """Return messages, the newest first."""
    found = Delivery.objects.select_related("destination")
    asked = {
        "destination__public_id": destination,
        "state": state,
        "event": event,
        "subject": subject,
    }
    return found.filter(**{name: value for name, value in asked.items() if value})


def delivery_get(public_id: str) -> Delivery:
    """Return a message. Raises NotFound."""
    found = deliveries().filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no message {public_id[:40]!r}.")
    return found


def version_get(public_id: str) -> ModelVersion:
    """Return a version. Raises NotFound."""
    found = ModelVersion.objects.filter(public_id=public_id).select_related("model").first()
    if found is None:
        raise NotFound(f"There is no version {public_id[:40]!r}.")
    return found


def captures(*, state: str = "", version: str = "") -> QuerySet[CaptureRequest]:
    """Return captures, filtered."""
    found = CaptureRequest.objects.select_related("version__model", "group", "incident", "dataset")
    if state:
        found = found.filter(state=state)
    return found.filter(version__public_id=version) if version else found


def capture_get(public_id: str) -> CaptureRequest:
    """Return a capture. Raises NotFound."""
    found = captures().filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no capture {public_id[:40]!r}.")
    return found


def device_reports(device: Device) -> QuerySet[Report]:
    """Return the device's windows, the newest first."""
    return Report.objects.filter(device=device).select_related("schema__version__model")


def windows_lost(device: Device) -> int:
    """Return how many windows of the device are lost or on their way, over all boots."""
    rows = Ledger.objects.filter(device=device).values_list("received", flat=True)
    return sum(missing(ranges) for ranges in rows)


def _summed(
    rows: Iterable[tuple[KeyT, bytes | memoryview, int]],
) -> dict[KeyT, tuple[Whole, int]]:
    result: dict[KeyT, tuple[Whole, int]] = {}
    for key, raw, samples in rows:
        loaded = counts.load(raw)
        before: tuple[Whole, int] | None = result.get(key)
        total = (loaded, samples) if before is None else (before[0] + loaded, before[1] + samples)
        result[key] = total
    return result
