"""Where devices bring their windows."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from device_agent.protocol.fields import U32_MAX
from device_agent.protocol.frame import CONTENT_TYPE, FRAME_LIMIT, UPTIME_HEADER
from device_agent.protocol.http import BOOT_HEADER
from device_agent.protocol.telemetry import dump_ack
from fleet.devices.device_api.body import raw_body
from fleet.devices.device_api.views import DeviceView
from fleet.lib.errors import Refused
from fleet.telemetry.device_api.throttles import WindowThrottle
from fleet.telemetry.ingest.report import report_ingest

DIGITS_MAX = 10  # of a number that fits 32 bits


class Telemetry(DeviceView):
    """One sealed window, as CBOR."""

    throttle_classes = (WindowThrottle,)
    parser_classes: tuple[type[BaseParser], ...] = ()

    @extend_schema(exclude=True)
    def post(self, request: Request, controller_id: str) -> Response:
        """Count the window once, however often it is sent."""
        del controller_id  # checked by the permission
        _require_cbor(request)
        body = raw_body(request, limit_bytes=FRAME_LIMIT, what="The frame")
        ack = report_ingest(
            device=self.device(),
            body=body,
            uptime_s=_number(request.headers, UPTIME_HEADER),
            boot_id=_number(request.headers, BOOT_HEADER),
        )
        return Response(dump_ack(ack))


def _require_cbor(request: Request | HttpRequest) -> None:
    if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip() != CONTENT_TYPE:
        raise Refused(f"A window is sent as {CONTENT_TYPE}.")


def _number(headers: Mapping[str, Any], name: str) -> int | None:
    text = headers.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX) or int(text) > U32_MAX:
        raise Refused(f"{name} must be a whole number that fits 32 bits.")
    return int(text)
