"""What a poll asks for beside the model: a challenger to run, samples to keep."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field import capture, shadow
from fleet.devices.device_api.answers import empty_answer, json_answer
from fleet.devices.device_api.body import raw_body
from fleet.lib.errors import Refused
from fleet.telemetry.field.capture.receive import capture_order, capture_receive
from ota import services
from ota.ddi.base import DdiView
from ota.ddi.views import parsed
from ota.models import ReleaseArtifact


class DeviceShadow(DdiView):
    """The challenger of the device that calls."""

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Answer with the order; 404 where nothing is to run beside the model."""
        del request, kwargs
        order = services.shadow_order(device=self.device, download=self._download)
        return json_answer(shadow.dump_order(order))

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take a report."""
        del kwargs
        report = parsed(shadow.parse_report, self.body(request, "The shadow report"))
        services.shadow_report(device=self.device, report=report)
        return empty_answer()

    def _download(self, row: ReleaseArtifact) -> str:
        return self.link("artifact", module=row.pk, filename=row.filename)


class DeviceCapture(DdiView):
    """The capture that the device that calls takes part in."""

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Answer with the order; 404 where no sample is wanted."""
        del request, kwargs
        return json_answer(capture.dump_order(capture_order(self.device)))

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take one sealed batch."""
        del kwargs
        body = raw_body(request, limit_bytes=capture.BODY_LIMIT, what="The batch")
        try:
            batch, box = capture.parse_batch(body)
        except ProtocolError as error:
            raise Refused(str(error)) from error
        capture_receive(device=self.device, batch=batch, box=box)
        return empty_answer()
