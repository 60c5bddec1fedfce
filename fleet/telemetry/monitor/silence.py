"""Silence is an incident: devices that used to hand in windows, and do not.

Guarantees: who is missed, and what explains it, is decided as in a replay
(`judgement.telling.silence`); only accepted devices are missed, and only those that handed in a
window once; it must last for a while of the service's own time, so that a service that was away
accuses nobody; it ends by itself with the first window.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery

from fleet.access import audit
from fleet.devices import selectors as devices
from fleet.devices.choices import DeviceState, EventKind, GroupKind
from fleet.devices.models import Device, DeviceEvent, Group
from fleet.lib.db import compare_and_set
from fleet.telemetry.choices import ACTIVE, CauseLevel, IncidentKind, RollupLevel, Severity
from fleet.telemetry.judgement import limits as judgement
from fleet.telemetry.judgement.telling.silence import (
    SILENT,
    Shared,
    Silence,
    explained,
    pairs_of,
    patience,
)
from fleet.telemetry.models import Incident, Ledger, Report, Rollup, Suspicion
from fleet.telemetry.models.incident import CAUSE_MAX
from fleet.telemetry.monitor.evidence import DEVICES_MAX
from fleet.telemetry.monitor.incidents import DETECTOR, SILENCE, incident_resolve
from fleet.telemetry.monitor.notifications.incidents import incident_changed, incident_opened
from registry.models import ModelVersion

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=judgement.DAY)
PAST: Final = timedelta(days=28)  # of which a device's longest silence is known
GROUPS_MAX: Final = 200  # that may explain a silence
GATEWAY: Final = "gateway="
SEEN: Final = "device/seen"  # a query that asks for silence explains none
_usual: dict[tuple[int, datetime], float] = {}  # hours, by device and its newest window


@dataclass(frozen=True)
class Missed:
    """A device and when its newest window came; `seen` is its newest visit of any kind."""

    pk: int
    public_id: str
    last: datetime
    seen: datetime | None


def silences_assess(*, now: datetime) -> list[Incident]:
    """Open, refresh and resolve incidents of silence; return those that are active."""
    missed = _missed(now)
    known = list(Incident.objects.filter(kind=IncidentKind.SILENCE, state__in=ACTIVE))
    found = _explained(missed, known, now) if missed else []
    by_cause = {each.cause: each for each in known}
    active = [
        each
        for silence, whose in found
        if (each := _seen(silence, whose, by_cause.get(silence.cause), now)) is not None
    ]
    causes = {silence.cause for silence, _ in found}
    Suspicion.objects.filter(cause__startswith=SILENCE).exclude(
        cause__in=[_suspected(cause) for cause in causes]
    ).delete()
    for incident in known:
        if incident.cause not in causes:
            _end(incident, found, now)
    return active


def _missed(now: datetime) -> list[Missed]:
    accepted = Device.objects.filter(state=DeviceState.ACCEPTED)
    rows = accepted.annotate(last=Max("ledgers__updated_at")).filter(last__lte=now - DAY)
    fields = rows.order_by("pk").values_list("pk", "public_id", "last", "last_seen_at")
    found = [Missed(*each) for each in fields]
    usual = _longest([each for each in found if (each.pk, each.last) not in _usual], now)
    kept = {(each.pk, each.last): _usual.get((each.pk, each.last), 0.0) for each in found}
    _usual.clear()
    _usual.update(kept | usual)
    return [
        each
        for each in found
        if (now - each.last) / HOUR >= patience(np.array(_usual[each.pk, each.last]))
    ]


def _longest(found: Sequence[Missed], now: datetime) -> dict[tuple[int, datetime], float]:
    """Return the hours of each device's longest silence before its newest window."""
    rows = Rollup.objects.filter(
        key__in=[each.public_id for each in found],
        level=RollupLevel.DEVICE,
        bucket_at__gte=now - PAST,
    )
    buckets: dict[str, list[datetime]] = {}
    for key, at in rows.values_list("key", "bucket_at").order_by("bucket_at").iterator():
        buckets.setdefault(key, []).append(at)
    bucket = timedelta(seconds=settings.EDGEFLEET_ROLLUP_SECONDS)
    result = {}
    for each in found:
        moments = buckets.get(each.public_id, [])
        gaps = [b - a - bucket for a, b in pairwise(moments)]
        result[each.pk, each.last] = max(gaps, default=timedelta()) / HOUR
    return result


def _explained(
    missed: Sequence[Missed], known: Collection[Incident], now: datetime
) -> list[tuple[Silence, list[Missed]]]:
    """Return each silence with its devices; causes name devices by their public ids."""
    heard = Device.objects.filter(
        state=DeviceState.ACCEPTED, pk__in=Ledger.objects.values("device")
    )
    everyone = list(heard.select_related("behind").order_by("pk"))
    gateways = {each.behind.pk: each.behind for each in everyone if each.behind is not None}
    shared = Shared(facts_of(everyone))
    at = {each.pk: i for i, each in enumerate(everyone)}
    by_index = {at[each.pk]: each for each in missed if each.pk in at}
    gone = [_gateway(each) for each in gateways.values() if _is_gone(each, now)]
    before = [each.cause.removesuffix(SILENT) for each in known]
    result = []
    for silence in explained(by_index.keys(), shared, gone=gone, before=before):
        whose = [by_index[i] for i in silence.devices]
        name = whose[0].public_id if silence.level == "device" else silence.cause
        cause = name[: CAUSE_MAX - len(SILENT)] + SILENT
        result.append((Silence(silence.level, cause, silence.devices, silence.members), whose))
    return result


def facts_of(everyone: Sequence[Device]) -> list[list[str]]:
    """Return by device what a silence may be explained by: labels, target, version, gateway,
    groups, each as "key=value".
    """
    groups = _groups()
    gateways = {each.behind_id for each in everyone if each.behind_id is not None}
    return [_facts(each, groups, gateways) for each in everyone]


def _facts(device: Device, groups: Mapping[int, list[str]], gateways: Collection[int]) -> list[str]:
    found = pairs_of(device.labels | {"target": device.target})
    if device.running.get("model"):
        found.append(f"version={device.running['model']}:{device.running.get('version', '')}")
    if device.behind is not None or device.pk in gateways:
        found.append(_gateway(device.behind or device))
    return found + [f"group={name}" for name in groups.get(device.pk, [])]


def _gateway(device: Device) -> str:
    return f"{GATEWAY}{device.controller_id}"


def _groups() -> dict[int, list[str]]:
    """Return the groups of each device; not those whose query asks for silence itself."""
    result: dict[int, list[str]] = {}
    for group in Group.objects.order_by("pk")[:GROUPS_MAX]:
        if group.kind == GroupKind.DYNAMIC and SEEN in group.query:
            continue
        for pk in devices.group_members(group).values_list("pk", flat=True):
            result.setdefault(pk, []).append(group.name)
    return result


def _is_gone(gateway: Device, now: datetime) -> bool:
    heard = gateway.last_seen_at
    return gateway.state != DeviceState.ACCEPTED or heard is None or now - heard >= DAY


def _seen(
    silence: Silence, whose: Sequence[Missed], known: Incident | None, now: datetime
) -> Incident | None:
    level = CauseLevel.VERSION if silence.level == "fleet" else CauseLevel(silence.level)
    fields = {
        "severity": Severity.WARNING if level == CauseLevel.DEVICE else Severity.CRITICAL,
        "summary": _summary(silence, whose, now)[:500],
        "evidence": {
            "silence": _summary(silence, whose, now),
            "devices": [each.public_id for each in whose[:DEVICES_MAX]],
            "device_count": len(whose),
            "members": silence.members,
            "last_window_at": max(each.last for each in whose).isoformat(),
        },
        "last_seen_at": now,
    }
    if known is not None:
        return _refresh(known, fields)
    version = _version(whose)
    since = _lasts_since(version, silence, now) if version is not None else None
    if version is None or since is None:
        return None
    return _open(version, level, silence, fields | {"since": since})


def _summary(silence: Silence, whose: Sequence[Missed], now: datetime) -> str:
    hours = (now - max(each.last for each in whose)) / HOUR
    visit = [each for each in whose if each.seen is not None and now - each.seen < DAY]
    who = "it is" if silence.level == "device" else f"{len(whose)} of {silence.members} devices are"
    if len(visit) == len(whose):
        words = "heard, but no window of counts came"
    elif visit:
        words = f"missed, {len(visit)} of them only visit: no window of counts came"
    else:
        words = "not heard, and no window of counts came"
    return f"{who} {words} for {hours:.0f} hours"


def _refresh(known: Incident, fields: dict[str, Any]) -> Incident:
    before = known.looks()
    if known.severity_given:
        fields["severity"] = known.severity_given
    with transaction.atomic():
        compare_and_set(Incident.objects.filter(pk=known.pk, state__in=ACTIVE), **fields)
        known.refresh_from_db()
        if known.looks() != before:
            incident_changed(known, f"{known.evidence['device_count']} devices are silent")
    return known


def _version(whose: Sequence[Missed]) -> ModelVersion | None:
    """Return the version that most of them reported last; None when no report is kept."""
    reports = Report.objects.filter(device=OuterRef("pk")).order_by("-closed_at", "-pk")
    rows = Device.objects.filter(pk__in=[each.pk for each in whose[:DEVICES_MAX]])
    last: QuerySet[Device, int | None] = rows.annotate(
        version=Subquery(reports.values("schema__version_id")[:1])
    ).values_list("version", flat=True)
    counted = Counter(each for each in last if each is not None)
    if not counted:
        return None
    return ModelVersion.objects.select_related("model").get(pk=counted.most_common(1)[0][0])


def _suspected(cause: str) -> str:
    return f"{SILENCE}{cause}"[:CAUSE_MAX]


def _lasts_since(version: ModelVersion, silence: Silence, now: datetime) -> datetime | None:
    suspicion, _ = Suspicion.objects.get_or_create(
        version=version, cause=_suspected(silence.cause), defaults={"since": now}
    )
    least = timedelta(seconds=settings.EDGEFLEET_DRIFT_DEVICE_START_SECONDS)
    return suspicion.since if now - suspicion.since >= least else None


def _open(
    version: ModelVersion, level: CauseLevel, silence: Silence, fields: dict[str, Any]
) -> Incident | None:
    named = {"version": version, "kind": IncidentKind.SILENCE, "cause": silence.cause}
    try:
        with transaction.atomic():
            incident = Incident.objects.create(**named, level=level, **fields)
            audit.record(
                by=DETECTOR,
                action="telemetry.incident_open",
                subject=incident.public_id,
                detail={"cause": incident.cause, "severity": str(incident.severity)},
            )
            _tell_devices(incident)
            incident_opened(incident)
    except IntegrityError:  # another worker was faster: theirs is the one
        return Incident.objects.filter(**named, state__in=ACTIVE).first()
    return incident


def _tell_devices(incident: Incident) -> None:
    rows = Device.objects.filter(public_id__in=incident.evidence["devices"])
    text, detail = f"Missed: {incident.cause}", {"incident": incident.public_id}
    DeviceEvent.objects.bulk_create(
        DeviceEvent(device=device, kind=EventKind.TELEMETRY, text=text, detail=detail)
        for device in rows
    )


def _end(incident: Incident, found: Sequence[tuple[Silence, list[Missed]]], now: datetime) -> None:
    mine = set(incident.evidence.get("devices", []))
    other = [s.cause for s, whose in found if mine & {each.public_id for each in whose}]
    served = Device.objects.filter(public_id__in=mine, state=DeviceState.ACCEPTED).exists()
    note = "Its devices are heard again." if served else "Its devices are no longer in service."
    if other:
        note = f"Explained by {', '.join(other[:3])}."
    with transaction.atomic():
        incident_resolve(incident=incident, by=DETECTOR, now=now, note=note)
