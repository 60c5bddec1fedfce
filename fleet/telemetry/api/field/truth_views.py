"""REST: true labels of a version, and the accuracy that they show."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib import clock
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictView
from fleet.telemetry import selectors
from fleet.telemetry.api.field import truth_shapes as shapes
from fleet.telemetry.api.serializers import HoursIn
from fleet.telemetry.field.truth.accuracy import realised
from fleet.telemetry.field.truth.items import SampleLabels, WindowLabels
from fleet.telemetry.field.truth.receive import labels_receive

HOURS_A_DAY: Final = 24


class VersionLabels(StrictView):
    """What was true, and how often the version said so."""

    scope = "telemetry"

    @takes(query=HoursIn)
    @extend_schema(responses=shapes.RealisedOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return realised beside estimated accuracy, of the version and of groups of devices."""
        del request
        hours = self.asked.get("hours") or settings.EDGEFLEET_TELEMETRY_DAYS * HOURS_A_DAY
        since = clock.now() - timedelta(hours=hours)
        return Response(realised(selectors.version_get(public_id), since))

    @takes(shapes.LabelsIn)
    @extend_schema(responses=shapes.ReceiptOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Count true labels; each window and each sample counts once."""
        receipt = labels_receive(
            version=selectors.version_get(public_id),
            windows=[WindowLabels(**each) for each in self.given.get("windows", ())],
            samples=[SampleLabels(**each) for each in self.given.get("samples", ())],
            by=actor_of(request),
        )
        return Response(vars(receipt))
