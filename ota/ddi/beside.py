"""What devices run beside their model: the order, and how both agree."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from device_agent.protocol.field import shadow
from fleet.devices.device_api.answers import empty_answer, json_answer
from ota import services
from ota.ddi.base import DdiView
from ota.ddi.views import parsed
from ota.models import ReleaseArtifact


class Shadow(DdiView):
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
