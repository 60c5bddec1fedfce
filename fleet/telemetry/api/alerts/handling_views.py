"""REST: what people do with an incident, and what was said and done about it."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib import clock
from fleet.lib.rest.pages import StrictCursor
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView
from fleet.telemetry import selectors
from fleet.telemetry.alerts import handling
from fleet.telemetry.api import serializers
from fleet.telemetry.choices import Severity
from fleet.telemetry.models import ActionRun, IncidentNote


class NoteCursor(StrictCursor):
    """The oldest note first, as they were said."""

    ordering = ("at", "pk")


class IncidentAssign(StrictView):
    """Whose it is."""

    scope = "telemetry"

    @takes(serializers.AssignIn)
    @extend_schema(responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Give the incident to a person, or with an empty name to nobody."""
        found = selectors.incident_get(public_id)
        username = self.given["username"]
        found = handling.incident_assign(incident=found, username=username, by=actor_of(request))
        return Response(serializers.IncidentOut(found).data)


class IncidentMute(StrictView):
    """Silence about it."""

    scope = "telemetry"

    @takes(serializers.MuteIn)
    @extend_schema(responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Mute the incident until a moment or, without one, until it changes."""
        found = selectors.incident_get(public_id)
        until = self.given.get("until")
        by, now = actor_of(request), clock.now()
        found = handling.incident_mute(incident=found, by=by, now=now, until=until)
        return Response(serializers.IncidentOut(found).data)


class IncidentUnmute(StrictView):
    """The end of a silence."""

    scope = "telemetry"

    @extend_schema(request=None, responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Speak of the incident again."""
        found = selectors.incident_get(public_id)
        found = handling.incident_unmute(incident=found, by=actor_of(request))
        return Response(serializers.IncidentOut(found).data)


class IncidentSeverity(StrictView):
    """How severe it is."""

    scope = "telemetry"

    @takes(serializers.SeverityIn)
    @extend_schema(responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Set the severity; later findings keep it."""
        found = selectors.incident_get(public_id)
        severity = Severity(self.given["severity"])
        by = actor_of(request)
        found = handling.incident_severity(incident=found, severity=severity, by=by)
        return Response(serializers.IncidentOut(found).data)


class IncidentRunbook(StrictView):
    """What to do about it."""

    scope = "telemetry"

    @takes(serializers.RunbookIn)
    @extend_schema(responses=serializers.IncidentOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Link a runbook; an empty link removes it."""
        found = selectors.incident_get(public_id)
        link, by = self.given["link"], actor_of(request)
        found = handling.incident_runbook(incident=found, link=link, by=by)
        return Response(serializers.IncidentOut(found).data)


class IncidentNotes(StrictList[IncidentNote]):
    """What was said about it, the oldest first, and adding a note."""

    scope = "telemetry"
    serializer_class = serializers.IncidentNoteOut
    pagination_class = NoteCursor

    def get_queryset(self) -> QuerySet[IncidentNote]:
        """Return the notes."""
        return selectors.incident_notes(selectors.incident_get(self.kwargs["public_id"]))

    @takes(serializers.NoteTextIn)
    @extend_schema(responses={201: serializers.IncidentOut})
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Add a note; those before stay."""
        found = selectors.incident_get(public_id)
        text, by = self.given["text"], actor_of(request)
        found = handling.incident_note(incident=found, text=text, by=by)
        return Response(serializers.IncidentOut(found).data, status=201)


class IncidentActions(StrictList[ActionRun]):
    """What rules did about it, the oldest first."""

    scope = "telemetry"
    serializer_class = serializers.ActionRunOut

    def get_queryset(self) -> QuerySet[ActionRun]:
        """Return the actions."""
        return selectors.incident_actions(selectors.incident_get(self.kwargs["public_id"]))
