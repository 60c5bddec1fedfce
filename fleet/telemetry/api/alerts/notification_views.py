"""REST: destinations of news, and the messages that were sent to them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib.rest.conditions import EditedView, conditional
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView
from fleet.telemetry import selectors
from fleet.telemetry.api.alerts import notification_shapes as shapes
from fleet.telemetry.models import Delivery as DeliveryRow
from fleet.telemetry.models import Destination as DestinationRow
from fleet.telemetry.monitor.notifications import destinations as services


class Destinations(StrictList[DestinationRow]):
    """All destinations, the newest first, and making one."""

    scope = "telemetry"
    serializer_class = shapes.DestinationOut

    def get_queryset(self) -> QuerySet[DestinationRow]:
        """Return all destinations."""
        return selectors.destinations()

    @takes(shapes.DestinationIn)
    @extend_schema(responses={201: shapes.DestinationMadeOut})
    @idempotent(redact=("secret",))
    def post(self, request: Request) -> Response:
        """Make a destination; a webhook's secret is in this answer only."""
        made, secret = services.destination_create(by=actor_of(request), **self.given)
        return Response(shapes.DestinationOut(made).data | {"secret": secret}, status=201)


class DestinationView(EditedView):
    """One destination."""

    scope = "telemetry"
    edited = ("id", "name", "address", "events")

    def row(self) -> QuerySet[DestinationRow]:
        """Return the destination's row."""
        return DestinationRow.objects.filter(public_id=self.kwargs["public_id"])

    def shown(self) -> dict[str, Any]:
        """Return the destination as it is shown."""
        found = selectors.destination_get(self.kwargs["public_id"])
        return dict(shapes.DestinationOut(found).data)

    @extend_schema(responses=shapes.DestinationOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the destination without its secret."""
        del request, public_id
        return Response(self.shown())

    @takes(shapes.DestinationEditIn)
    @extend_schema(responses=shapes.DestinationOut)
    @conditional
    def patch(self, request: Request, public_id: str) -> Response:
        """Change where it lies, or what it listens to."""
        found = selectors.destination_get(public_id)
        found = services.destination_edit(destination=found, by=actor_of(request), **self.given)
        return Response(shapes.DestinationOut(found).data)

    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, public_id: str) -> Response:
        """Remove it with its messages."""
        found = selectors.destination_get(public_id)
        services.destination_delete(destination=found, by=actor_of(request))
        return Response(status=204)


class DestinationEnable(StrictView):
    """Call it again."""

    scope = "telemetry"

    @extend_schema(request=None, responses=shapes.DestinationOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Enable the destination; what waits for it is sent."""
        found = selectors.destination_get(public_id)
        found = services.destination_enable(destination=found, by=actor_of(request))
        return Response(shapes.DestinationOut(found).data)


class DestinationDisable(StrictView):
    """Call it no more."""

    scope = "telemetry"

    @extend_schema(request=None, responses=shapes.DestinationOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Disable the destination; what waits for it is kept."""
        found = selectors.destination_get(public_id)
        found = services.destination_disable(destination=found, by=actor_of(request))
        return Response(shapes.DestinationOut(found).data)


class DestinationRotate(StrictView):
    """A new secret."""

    scope = "telemetry"

    @extend_schema(request=None, responses=shapes.DestinationMadeOut)
    @idempotent(redact=("secret",))
    def post(self, request: Request, public_id: str) -> Response:
        """Give the webhook a new secret, which is in this answer only."""
        found = selectors.destination_get(public_id)
        secret = services.destination_rotate(destination=found, by=actor_of(request))
        return Response(shapes.DestinationOut(found).data | {"secret": secret})


class DestinationTest(StrictView):
    """Whether messages arrive."""

    scope = "telemetry"

    @extend_schema(request=None, responses={202: shapes.DeliveryOut})
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Send a test message."""
        found = selectors.destination_get(public_id)
        sent = services.destination_test(destination=found, by=actor_of(request))
        return Response(shapes.DeliveryOut(sent).data, status=202)


class Deliveries(StrictList[DeliveryRow]):
    """Messages, the newest first."""

    scope = "telemetry"
    serializer_class = shapes.DeliveryOut
    filters = shapes.DeliveryFilterIn

    def get_queryset(self) -> QuerySet[DeliveryRow]:
        """Return the messages that the parameters ask for."""
        return selectors.deliveries(**self.asked)


class DeliveryView(StrictView):
    """One message."""

    scope = "telemetry"

    @extend_schema(responses=shapes.DeliveryOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the message with its last tries."""
        del request
        return Response(shapes.DeliveryOut(selectors.delivery_get(public_id)).data)


class DeliveryRedeliver(StrictView):
    """A message once more."""

    scope = "telemetry"

    @extend_schema(request=None, responses={202: shapes.DeliveryOut})
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Send the message again, under the same id."""
        row = selectors.delivery_get(public_id)
        row = services.delivery_redeliver(delivery=row, by=actor_of(request))
        return Response(shapes.DeliveryOut(row).data, status=202)
