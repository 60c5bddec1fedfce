"""REST: incidents, the drift of a version, the telemetry of a device."""

from datetime import timedelta

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors as devices
from fleet.lib import clock
from fleet.lib.errors import NotFound
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView
from fleet.telemetry import selectors
from fleet.telemetry.api import serializers
from fleet.telemetry.choices import IncidentOutcome
from fleet.telemetry.models import Incident
from fleet.telemetry.monitor import charts, incidents


class Incidents(StrictList[Incident]):
    """All incidents, the newest first."""

    scope = "telemetry"
    serializer_class = serializers.IncidentOut
    filters = serializers.IncidentFilterIn

    def get_queryset(self) -> QuerySet[Incident]:
        """Return the incidents that the parameters ask for."""
        return selectors.incidents(**self.asked)


class IncidentDetail(StrictView):
    """One incident."""

    scope = "telemetry"

    @extend_schema(responses=serializers.IncidentOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the incident with its evidence."""
        del request
        return Response(serializers.IncidentOut(selectors.incident_get(public_id)).data)


class IncidentAcknowledge(StrictView):
    """Say that somebody is on it."""

    scope = "telemetry"

    @takes(serializers.NoteIn)
    @extend_schema(responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Acknowledge the incident."""
        incident = incidents.incident_acknowledge(
            incident=selectors.incident_get(public_id),
            by=actor_of(request),
            note=self.given["note"],
        )
        return Response(serializers.IncidentOut(incident).data)


class IncidentResolve(StrictView):
    """Say that it is over."""

    scope = "telemetry"

    @takes(serializers.ResolveIn)
    @extend_schema(responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Resolve the incident; it opens anew when the cause is still there."""
        incident = incidents.incident_resolve(
            incident=selectors.incident_get(public_id),
            by=actor_of(request),
            now=clock.now(),
            note=self.given["note"],
            outcome=IncidentOutcome(self.given["outcome"]),
        )
        return Response(serializers.IncidentOut(incident).data)


class VersionDrift(StrictView):
    """How a version does in the field."""

    scope = "telemetry"

    @takes(query=serializers.HoursIn)
    @extend_schema(responses=serializers.DriftOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return reference against live, PSI over time, latency and prediction mix."""
        hours = self.asked.get("hours")
        since = clock.now() - timedelta(hours=hours) if hours else None
        found = charts.version_drift(selectors.version_get(public_id), since=since)
        if found is None:
            raise NotFound("This version has no telemetry schema: its release is not published.")
        return Response(found)


class DeviceTelemetry(StrictView):
    """What one device reports."""

    scope = "telemetry"

    @extend_schema(responses=serializers.DriftOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the device against the reference of what it last reported for."""
        del request
        found = charts.device_summary(devices.device_get(public_id))
        if found is None:
            raise NotFound("This device has reported nothing yet.")
        return Response(found)
