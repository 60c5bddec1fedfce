"""Incidents: opened when a cause lasts, refreshed while it does, resolved when it is over.

How long until one opens, ends (`EDGEFLEET_DRIFT_END_SECONDS`) or is opened again:
`fleet/settings/domain.py`. Silence is another matter, and ends with the first window: `silence.py`.

Guarantees: one active incident a version and cause (a constraint holds it even against two
workers); a cause must last as long as its level asks before anybody is bothered; an incident ends
only on newer healthy data, or when a broader cause explains its devices; one that ended by itself
and comes back soon is opened again, with its notes. Every change is news for destinations.
"""

from collections.abc import Collection, Mapping, Sequence
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
from fleet.telemetry.choices import (
    ACTIVE,
    IncidentKind,
    IncidentOutcome,
    IncidentState,
    Severity,
)
from fleet.telemetry.drift.causes import Assessment, Cause, Level
from fleet.telemetry.drift.enrichment import Enrichment
from fleet.telemetry.models import Incident, IncidentNote, Report, Suspicion
from fleet.telemetry.models.incident import CAUSE_MAX, NOTE_MAX, NOTE_TEXT_MAX
from fleet.telemetry.monitor.evidence import cause_json, is_critical, summary
from fleet.telemetry.monitor.notifications.incidents import (
    incident_changed,
    incident_opened,
    incident_resolved,
)
from fleet.telemetry.monitor.thresholds import limits
from fleet.telemetry.signals import rollout_wanted
from registry.models import ModelVersion

DETECTOR: Final = system("drift detector")
SILENCE: Final = "silent: "  # how suspicions of silence begin; drift forgets none of them


def incidents_apply(
    version: ModelVersion,
    found: Assessment,
    rows: Sequence[Enrichment],
    *,
    now: datetime,
    shifts: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Incident]:
    """Bring the version's incidents in line with what was found; return those that are active.

    `shifts` are the sizes by device or label value that the judgement measured.
    """
    seen = [_seen(version, cause, found, list(rows), shifts or {}, now) for cause in found.causes]
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
    found = _move(incident, IncidentState.ACKNOWLEDGED, by, {"acknowledged_by": by.label}, note)
    incident_changed(found, f"acknowledged by {by.label}")
    return found


@transaction.atomic
def incident_resolve(
    *,
    incident: Incident,
    by: Actor,
    now: datetime,
    note: str = "",
    outcome: IncidentOutcome = IncidentOutcome.UNKNOWN,
) -> Incident:
    """Say that it is over. It opens anew when the cause is still there. Raises Conflict, Stale."""
    if incident.state == IncidentState.RESOLVED:
        raise Conflict("This incident is resolved already.")
    over = {"muted_until": None, "muted_as": "", "outcome": outcome, "resolved_by": by.label}
    found = _move(incident, IncidentState.RESOLVED, by, over | {"resolved_at": now}, note)
    incident_resolved(found, note or f"resolved by {by.label}")
    return found


def note_add(incident: Incident, author: str, text: str) -> None:
    """Add a note to those before; the last one shows in lists."""
    if text := text.strip():
        words = text[:NOTE_TEXT_MAX]
        IncidentNote.objects.create(incident=incident, author=author[:200], text=words)
        Incident.objects.filter(pk=incident.pk).update(note=words[:NOTE_MAX])


def _move(
    incident: Incident, state: IncidentState, by: Actor, changes: dict[str, Any], note: str
) -> Incident:
    expected = Incident.objects.filter(pk=incident.pk, state=incident.state)
    if not compare_and_set(expected, state=state, **changes):
        raise Stale("Somebody else changed this incident first.")
    note_add(incident, by.label, note)
    audit.record(
        by=by,
        action=f"telemetry.incident_{state}",
        subject=incident.public_id,
        detail={"cause": incident.cause, "note": note[:NOTE_MAX]},
    )
    incident.refresh_from_db()
    return incident


def _seen(
    version: ModelVersion,
    cause: Cause,
    found: Assessment,
    rows: list[Enrichment],
    shifts: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> Incident | None:
    level = limits()
    measured = {name: dict(shifts[name]) for name in (cause.name, *cause.devices) if name in shifts}
    fields = {
        "severity": Severity.CRITICAL if is_critical(cause, level) else Severity.WARNING,
        "summary": summary(cause),
        "evidence": cause_json(cause, found, rows) | {"shifts": measured},
        "last_seen_at": now,
    }
    known = _active(version).filter(cause=_name(cause)).first()
    if known is not None:
        return _refresh(version, known, fields)
    if _all_left(version.pk, cause.devices):
        return None  # the window still holds what they did before they left
    since = _lasts_since(version, cause, now)
    return _open(version, cause, fields | {"since": since}) if since else None


@transaction.atomic
def _refresh(version: ModelVersion, known: Incident, fields: dict[str, Any]) -> Incident:
    """Bring an incident up to date; what people would call a change is news, and ends a mute."""
    before = known.looks()
    if known.severity_given:
        fields["severity"] = known.severity_given
    compare_and_set(_active(version).filter(pk=known.pk), **fields)
    known.refresh_from_db()
    if known.looks() != before:
        incident_changed(known, f"{known.severity}, {known.evidence['device_count']} devices")
    return known


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
    if (again := _reopened(version, cause, fields)) is not None:
        return again
    fields["rollout"] = _related_rollout(version)
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
            incident_opened(incident)
    except IntegrityError:  # another worker was faster: theirs is the one
        return _active(version).get(cause=_name(cause))
    return incident


@transaction.atomic
def _reopened(version: ModelVersion, cause: Cause, fields: dict[str, Any]) -> Incident | None:
    """Open the incident again that ended by itself a short while ago, if there is one."""
    recent = fields["last_seen_at"] - timedelta(seconds=settings.EDGEFLEET_INCIDENT_REOPEN_SECONDS)
    ended = Incident.objects.filter(
        version=version,
        cause=_name(cause),
        state=IncidentState.RESOLVED,
        resolved_by=DETECTOR.label,
        resolved_at__gt=recent,
    ).first()
    if ended is None:
        return None
    changes = {name: value for name, value in fields.items() if name != "since"} | {
        "state": IncidentState.OPEN,
        "resolved_at": None,
        "resolved_by": "",
        "reopened": ended.reopened + 1,
    }
    expected = Incident.objects.filter(pk=ended.pk, state=IncidentState.RESOLVED)
    if not compare_and_set(expected, **changes):
        return None
    note_add(ended, DETECTOR.label, "The cause is seen again.")
    detail = {"cause": ended.cause, "times": ended.reopened + 1}
    audit.record(
        by=DETECTOR, action="telemetry.incident_reopen", subject=ended.public_id, detail=detail
    )
    ended.refresh_from_db()
    incident_opened(ended)
    return ended


def _related_rollout(version: ModelVersion) -> str:
    """Return the public id of the rollout that brought the version, or nothing."""
    answers = rollout_wanted.send(sender=Incident, version_id=version.pk)
    return next((str(answer) for _, answer in answers if answer), "")


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
    drifts = Suspicion.objects.filter(version=version).exclude(cause__startswith=SILENCE)
    drifts.exclude(cause__in=names).delete()


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
