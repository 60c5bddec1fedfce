"""REST of captures: ask, approve, refuse, stop, look; and the key that samples are sealed for."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors as devices
from fleet.lib.errors import NotFound
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView
from fleet.telemetry import selectors
from fleet.telemetry.api.field import capture_shapes as shapes
from fleet.telemetry.field.capture import acts
from fleet.telemetry.models import CaptureKey, CaptureRequest


class Captures(StrictList[CaptureRequest]):
    """All captures, the newest first."""

    scope = "telemetry"
    serializer_class = shapes.CaptureOut
    filters = shapes.CaptureQuery

    def get_queryset(self) -> QuerySet[CaptureRequest]:
        """Return the captures that the parameters ask for."""
        return selectors.captures(**self.asked)

    @takes(shapes.CaptureIn)
    @extend_schema(responses={201: shapes.CaptureDetailOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for samples; nothing is kept before another person has approved."""
        given = dict(self.given)
        group, incident = given.pop("group", None), given.pop("incident", None)
        capture = acts.capture_ask(
            version=selectors.version_get(given.pop("version")),
            by=actor_of(request),
            group=devices.group_get(group) if group else None,
            incident=selectors.incident_get(incident) if incident else None,
            bin_index=given.pop("bin"),
            **given,
        )
        return Response(shapes.CaptureDetailOut(capture).data, status=201)


class Capture(StrictView):
    """One capture."""

    scope = "telemetry"

    @extend_schema(responses=shapes.CaptureDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show it, with what each device has handed in."""
        del request
        return Response(shapes.CaptureDetailOut(selectors.capture_get(public_id)).data)


class CaptureApprove(StrictView):
    """Have the devices collect."""

    scope = "telemetry"

    @extend_schema(responses=shapes.CaptureDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Approve; 403 for the person who asked."""
        found = selectors.capture_get(public_id)
        capture = acts.capture_approve(request=found, by=actor_of(request))
        return Response(shapes.CaptureDetailOut(capture).data)


class CaptureRefuse(StrictView):
    """Say no."""

    scope = "telemetry"

    @takes(shapes.CaptureReasonIn)
    @extend_schema(responses=shapes.CaptureDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Refuse; 409 where it is decided already."""
        found = selectors.capture_get(public_id)
        capture = acts.capture_refuse(
            request=found, by=actor_of(request), reason=self.given["reason"]
        )
        return Response(shapes.CaptureDetailOut(capture).data)


class CaptureStop(StrictView):
    """End it."""

    scope = "telemetry"

    @takes(shapes.CaptureReasonIn)
    @extend_schema(responses=shapes.CaptureDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Stop; what was handed in is dropped."""
        found = selectors.capture_get(public_id)
        capture = acts.capture_stop(
            request=found, by=actor_of(request), reason=self.given["reason"]
        )
        return Response(shapes.CaptureDetailOut(capture).data)


class CapturePublicKey(StrictView):
    """What samples are sealed for."""

    scope = "telemetry"

    @extend_schema(responses=shapes.CaptureKeyOut)
    def get(self, request: Request) -> Response:
        """Return the public half of the newest key."""
        del request
        found = CaptureKey.objects.first()
        if found is None:
            raise NotFound("The fleet has no capture key yet: run 'manage.py capture_key'.")
        return Response({"public": found.public})
