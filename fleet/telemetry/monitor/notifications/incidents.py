"""News of incidents. A muted one is silent until it is resolved."""

from typing import Any, Final

from django.conf import settings

from fleet.lib import clock
from fleet.telemetry.models import Incident
from fleet.telemetry.monitor.notifications.emit import emit
from fleet.telemetry.monitor.notifications.events import (
    INCIDENT_CHANGED,
    INCIDENT_OPENED,
    INCIDENT_RESOLVED,
    EventType,
)

ALWAYS: Final = (INCIDENT_OPENED, INCIDENT_RESOLVED)


def incident_opened(incident: Incident) -> None:
    """Tell that it was opened, or opened again."""
    _announce(INCIDENT_OPENED, incident)


def incident_changed(incident: Incident, change: str) -> None:
    """Tell what changed, in words."""
    _announce(INCIDENT_CHANGED, incident, change=change)


def incident_resolved(incident: Incident, change: str) -> None:
    """Tell that it is over, and why."""
    _announce(INCIDENT_RESOLVED, incident, change=change)


def incident_data(incident: Incident) -> dict[str, Any]:
    """Return what messages say of an incident: no counts and no samples of devices."""
    return {
        "id": incident.public_id,
        "cause": incident.cause,
        "level": incident.level,
        "state": incident.state,
        "severity": incident.severity,
        "summary": incident.summary,
        "model": incident.version.model.name,
        "version": incident.version.public_id,
        "rollout": incident.rollout,
        "devices": incident.evidence.get("device_count", 0),
        "runbook": incident.runbook,
        "url": f"{settings.EDGEFLEET_PUBLIC_URL}/console/incidents/{incident.public_id}",
    }


def _announce(event: EventType, incident: Incident, **more: str) -> None:
    if event in ALWAYS or not incident.is_muted(clock.now()):
        emit(event, incident.public_id, incident_data(incident) | more)
