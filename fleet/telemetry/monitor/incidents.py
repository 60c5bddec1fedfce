"""Incidents: opened when a cause lasts, refreshed while it does, resolved when it is over.

Guarantees: one active incident a version and cause (a constraint holds it even against two
workers); a cause must last as long as its level asks before anybody is bothered; an incident ends
only on newer healthy data, or when a broader cause explains its devices.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from fleet.access import audit
from fleet.devices.choices import EventKind
from fleet.devices.models import Device, DeviceEvent
from fleet.lib.actor import Actor, system
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Stale
from fleet.telemetry.choices import ACTIVE, IncidentKind, IncidentState, Severity
from fleet.telemetry.drift.causes import Assessment, Cause, Level
from fleet.telemetry.drift.enrichment import Enrichment
from fleet.telemetry.models import Incident, Report, Suspicion
from fleet.telemetry.models.incident import CAUSE_MAX, NOTE_MAX
from fleet.telemetry.monitor.evidence import cause_json, is_critical, summary
from fleet.telemetry.monitor.thresholds import limits
from registry.models import ModelVersion

DETECTOR: Final = system("drift detector")


def incidents_apply(
    version: ModelVersion, found: Assessment, rows: Sequence[Enrichment], *, now: datetime
) -> list[Incident]:
    """Bring the version's incidents in line with what was found; return those that are active."""
    seen = [_seen(version, cause, found, list(rows), now) for cause in found.causes]
    active = [incident for incident in seen if incident is not None]
    _forget(version, found)
    _resolve_the_rest(version, found, now)
    return active


def incidents_settle(*, now: datetime) -> int:
    """Resolve incidents of versions that all their devices have left; return how many."""
    left = [
        each
        for each in Incident.objects.filter(kind=IncidentKind.DRIFT, state__in=ACTIVE)
        if _all_left(each.version_id, each.evidence.get("devices", []))
    ]
    for incident in left:
        with transaction.atomic():
            note = "Its devices run another version now."
            incident_resolve(incident=incident, by=DETECTOR, now=now, note=note)
    return len(left)


@transaction.atomic
def incident_acknowledge(*, incident: Incident, by: Actor, note: str = "") -> Incident:
    """Say that somebody is on it. Raises Conflict, Stale."""
    if incident.state != IncidentState.OPEN:
        raise Conflict(f"An incident that is {incident.state} cannot be acknowledged.")
    changes = {"acknowledged_by": by.label, "note": note[:NOTE_MAX]}
    return _move(incident, IncidentState.ACKNOWLEDGED, by, changes)


@transaction.atomic
def incident_resolve(*, incident: Incident, by: Actor, now: datetime, note: str = "") -> Incident:
    """Say that it is over. It opens anew when the cause is still there. Raises Conflict, Stale."""
    if incident.state == IncidentState.RESOLVED:
        raise Conflict("This incident is resolved already.")
    changes = {"resolved_at": now, "note": note[:NOTE_MAX]}
    return _move(incident, IncidentState.RESOLVED, by, changes)


def _move(incident: Incident, state: IncidentState, by: Actor, changes: dict[str, Any]) -> Incident:
    expected = Incident.objects.filter(pk=incident.pk, state=incident.state)
    if not compare_and_set(expected, state=state, **changes):
        raise Stale("Somebody else changed this incident first.")
    audit.record(
        by=by,
        action=f"telemetry.incident_{state}",
        subject=incident.public_id,
        detail={"cause": incident.cause, "note": changes.get("note", "")},
    )
    incident.refresh_from_db()
    return incident


def _seen(
    version: ModelVersion, cause: Cause, found: Assessment, rows: list[Enrichment], now: datetime
) -> Incident | None:
    level = limits()
    fields = {
        "severity": Severity.CRITICAL if is_critical(cause, level) else Severity.WARNING,
        "summary": summary(cause),
        "evidence": cause_json(cause, found, rows),
        "last_seen_at": now,
    }
    known = _active(version).filter(cause=_name(cause)).first()
    if known is not None:
        compare_and_set(_active(version).filter(pk=known.pk), **fields)
        known.refresh_from_db()
        return known
    if _all_left(version.pk, cause.devices):
        return None  # the window still holds what they did before they left
    since = _lasts_since(version, cause, now)
    return _open(version, cause, fields | {"since": since}) if since else None


def _lasts_since(version: ModelVersion, cause: Cause, now: datetime) -> datetime | None:
    """Return since when the cause is seen, once that is long enough."""
    seconds = (
        settings.EDGEFLEET_DRIFT_DEVICE_START_SECONDS
        if cause.level is Level.DEVICE
        else settings.EDGEFLEET_DRIFT_START_SECONDS
    )
    suspicion, _ = Suspicion.objects.get_or_create(
        version=version, cause=_name(cause), defaults={"since": now}
    )
    return suspicion.since if now - suspicion.since >= timedelta(seconds=seconds) else None


def _open(version: ModelVersion, cause: Cause, fields: dict[str, Any]) -> Incident:
    try:
        with transaction.atomic():
            incident = Incident.objects.create(
                version=version, level=cause.level, cause=_name(cause), **fields
            )
            detail = {"cause": incident.cause, "severity": str(incident.severity)}
            subject = incident.public_id
            audit.record(
                by=DETECTOR, action="telemetry.incident_open", subject=subject, detail=detail
            )
            _tell_devices(incident, cause)
    except IntegrityError:  # another worker was faster: theirs is the one
        return _active(version).get(cause=_name(cause))
    return incident


def _tell_devices(incident: Incident, cause: Cause) -> None:
    devices = Device.objects.filter(public_id__in=cause.devices)
    text = f"Drift incident: {incident.cause}"
    detail = {"incident": incident.public_id}
    DeviceEvent.objects.bulk_create(
        DeviceEvent(device=device, kind=EventKind.TELEMETRY, text=text, detail=detail)
        for device in devices
    )


def _forget(version: ModelVersion, found: Assessment) -> None:
    names = [_name(cause) for cause in found.causes]
    Suspicion.objects.filter(version=version).exclude(cause__in=names).delete()


def _resolve_the_rest(version: ModelVersion, found: Assessment, now: datetime) -> None:
    names = [_name(cause) for cause in found.causes]
    explained = {device: _name(cause) for cause in found.causes for device in cause.devices}
    ending = now - timedelta(seconds=settings.EDGEFLEET_DRIFT_END_SECONDS)
    for incident in _active(version).exclude(cause__in=names):
        broader = _broader(incident, explained)
        healthy = bool(found.judged_devices or found.version)
        if broader or (healthy and incident.last_seen_at <= ending):
            note = f"Explained by {broader}." if broader else "The cause is no longer seen."
            with transaction.atomic():
                incident_resolve(incident=incident, by=DETECTOR, now=now, note=note)


def _all_left(version_id: int, devices: Collection[str]) -> bool:
    """Tell whether each device reported for another version after this one."""
    reports = Report.objects.filter(device=OuterRef("pk")).order_by("-closed_at", "-pk")
    rows = Device.objects.filter(public_id__in=devices)
    last = rows.annotate(last=Subquery(reports.values("schema__version_id")[:1]))
    versions = set(last.values_list("last", flat=True))
    return bool(versions) and not versions & {None, version_id}


def _broader(incident: Incident, explained: dict[str, str]) -> str | None:
    """Return the cause that explains all devices of the incident now, if there is one."""
    devices = incident.evidence.get("devices", [])
    names = {explained.get(device) for device in devices}
    return names.pop() if len(names) == 1 else None


def _active(version: ModelVersion) -> QuerySet[Incident]:
    return Incident.objects.filter(version=version, kind=IncidentKind.DRIFT, state__in=ACTIVE)


def _name(cause: Cause) -> str:
    return cause.name[:CAUSE_MAX]
