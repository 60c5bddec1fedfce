"""Concept drift as an incident: opened when labels show it, refreshed while it lasts, resolved when
newer labels show that it is over.
"""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.telemetry.choices import ACTIVE, CauseLevel, IncidentKind, Severity
from fleet.telemetry.field.truth.accuracy import concept_json, counted, sum_json, summed
from fleet.telemetry.field.truth.concept import Meaning
from fleet.telemetry.models import Incident, LabelledCount
from fleet.telemetry.monitor.incidents import DETECTOR, incident_resolve
from registry.models import ModelVersion

CAUSE: Final = "meaning of the labels"
CRITICAL_GAP: Final = 0.1  # of accuracy
DEVICES_MAX: Final = 200  # named in the evidence


def concepts_assess() -> int:
    """Judge every version that has labels of late; return how many there were."""
    since = clock.now() - timedelta(days=settings.EDGEFLEET_TELEMETRY_DAYS)
    recent = LabelledCount.objects.filter(bucket_at__gte=since, expected__isnull=False)
    keys = recent.order_by().values_list("version", flat=True).distinct()
    versions = list(ModelVersion.objects.filter(pk__in=keys).select_related("model"))
    for version in versions:
        concept_assess(version)
    return len(versions)


def concept_assess(version: ModelVersion) -> Incident | None:
    """Judge one version's labels; return its active incident, if there is one."""
    rows = counted(version)
    found = concept_json(rows)
    active = Incident.objects.filter(
        version=version, kind=IncidentKind.CONCEPT, state__in=ACTIVE
    ).first()
    if found["state"] != Meaning.FOUND:
        if active is not None:
            note = "Newer labels agree with the model's confidence again."
            incident_resolve(incident=active, by=DETECTOR, now=clock.now(), note=note)
        return None
    late = [row for row in rows if row.bucket_at.isoformat() >= found["since"]]
    fields = _fields(found, late)
    if active is not None:
        compare_and_set(Incident.objects.filter(pk=active.pk, state=active.state), **fields)
        active.refresh_from_db()
        return active
    return _open(version, fields | {"since": late[0].bucket_at})


def _fields(found: dict[str, Any], late: list[LabelledCount]) -> dict[str, Any]:
    total = sum_json(summed([row for row in late if row.expected is not None]))
    named = sorted({row.device.public_id for row in late})
    return {
        "severity": Severity.CRITICAL if total["gap"] >= CRITICAL_GAP else Severity.WARNING,
        "summary": (
            f"{found['sentence']} {total['correct']} of {total['labelled']} labelled inferences "
            f"are right, {total['expected'] * 100:.1f} % were expected."
        ),
        "evidence": {
            "says": found["sentence"],
            "samples": total["labelled"],
            "concept": found,
            "labels": total,
            "devices": named[:DEVICES_MAX],
            "device_count": len(named),
        },
        "last_seen_at": clock.now(),
    }


def _open(version: ModelVersion, fields: dict[str, Any]) -> Incident | None:
    try:
        with transaction.atomic():
            incident = Incident.objects.create(
                version=version,
                kind=IncidentKind.CONCEPT,
                level=CauseLevel.VERSION,
                cause=CAUSE,
                **fields,
            )
            detail = {"cause": CAUSE, "severity": str(incident.severity)}
            audit.record(
                by=DETECTOR,
                action="telemetry.incident_open",
                subject=incident.public_id,
                detail=detail,
            )
    except IntegrityError:  # another worker was faster: theirs is the one
        return Incident.objects.filter(
            version=version, kind=IncidentKind.CONCEPT, state__in=ACTIVE
        ).first()
    return incident
