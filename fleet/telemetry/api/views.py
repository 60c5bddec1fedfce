"""REST: incidents, the drift of a version, the telemetry of a device."""

from datetime import timedelta

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.actors import actor_of
from fleet.access.idempotency import idempotent
from fleet.devices import selectors as devices
from fleet.lib import clock
from fleet.lib.errors import NotFound
from fleet.telemetry import charts, incidents, selectors
from fleet.telemetry.api import serializers
from fleet.telemetry.models import Incident as IncidentRow


@extend_schema(parameters=[serializers.IncidentFilterIn])
class Incidents(ListAPIView[IncidentRow]):
    """All incidents, the newest first."""

    scope = "telemetry"
    serializer_class = serializers.IncidentOut

    def get_queryset(self) -> QuerySet[IncidentRow]:
        """Return the incidents that the parameters ask for."""
        wanted = serializers.IncidentFilterIn(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.incidents(**wanted.validated_data)


class Incident(APIView):
    """One incident."""

    scope = "telemetry"

    @extend_schema(responses=serializers.IncidentOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the incident with its evidence."""
        del request
        return Response(serializers.IncidentOut(selectors.incident_get(public_id)).data)


class IncidentAcknowledge(APIView):
    """Say that somebody is on it."""

    scope = "telemetry"

    @extend_schema(request=serializers.NoteIn, responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Acknowledge the incident."""
        incident = incidents.incident_acknowledge(
            incident=selectors.incident_get(public_id), by=actor_of(request), note=_note(request)
        )
        return Response(serializers.IncidentOut(incident).data)


class IncidentResolve(APIView):
    """Say that it is over."""

    scope = "telemetry"

    @extend_schema(request=serializers.NoteIn, responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Resolve the incident; it opens anew when the cause is still there."""
        incident = incidents.incident_resolve(
            incident=selectors.incident_get(public_id),
            by=actor_of(request),
            now=clock.now(),
            note=_note(request),
        )
        return Response(serializers.IncidentOut(incident).data)


class VersionDrift(APIView):
    """How a version does in the field."""

    scope = "telemetry"

    @extend_schema(parameters=[serializers.HoursIn], responses=serializers.DriftOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return reference against live, PSI over time, latency and prediction mix."""
        wanted = serializers.HoursIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        hours = wanted.validated_data.get("hours")
        since = clock.now() - timedelta(hours=hours) if hours else None
        found = charts.version_drift(selectors.version_get(public_id), since=since)
        if found is None:
            raise NotFound("This version has no telemetry schema: its release is not published.")
        return Response(found)


class DeviceTelemetry(APIView):
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


def _note(request: Request) -> str:
    wanted = serializers.NoteIn(data=request.data)
    wanted.is_valid(raise_exception=True)
    return str(wanted.validated_data["note"])
