"""Where devices bring their windows."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.fields import U32_MAX
from device_agent.protocol.frame import (
    CONTENT_TYPE,
    FRAME_LIMIT,
    SEQUENCE_LIMIT,
    SEQUENCE_TYPE,
    UPTIME_HEADER,
    split_frames,
)
from device_agent.protocol.http import BOOT_HEADER
from device_agent.protocol.telemetry import Ack, dump_ack
from fleet.devices.device_api.body import raw_body
from fleet.devices.device_api.views import DeviceView
from fleet.lib.errors import Refused
from fleet.telemetry.device_api.throttles import WindowThrottle
from fleet.telemetry.ingest.many import Answer, reports_ingest
from fleet.telemetry.ingest.report import report_ingest

DIGITS_MAX = 10  # of a number that fits 32 bits


class Telemetry(DeviceView):
    """One sealed window as CBOR, or many as a CBOR sequence."""

    throttle_classes = (WindowThrottle,)
    parser_classes: tuple[type[BaseParser], ...] = ()

    @extend_schema(exclude=True)
    def post(self, request: Request, controller_id: str) -> Response:
        """Count each window once, however often it is sent."""
        del controller_id  # checked by the permission
        if _content_type(request) == SEQUENCE_TYPE:
            return self._many(request)
        _require_cbor(request)
        body = raw_body(request, limit_bytes=FRAME_LIMIT, what="The frame")
        ack = report_ingest(device=self.device(), body=body, **_envelope(request))
        return Response(dump_ack(ack))

    def _many(self, request: Request) -> Response:
        body = raw_body(request, limit_bytes=SEQUENCE_LIMIT, what="The sequence")
        try:
            frames = split_frames(body)
        except ProtocolError as error:
            raise Refused(str(error), code="bad_frame") from error
        WindowThrottle().take(request, self, len(frames) - 1)  # one was counted with the request
        answers = reports_ingest(device=self.device(), bodies=frames, **_envelope(request))
        return Response({"windows": [_told(answer) for answer in answers]})


def _envelope(request: Request) -> dict[str, int | None]:
    headers = request.headers
    return {
        "uptime_s": _number(headers, UPTIME_HEADER),
        "boot_id": _number(headers, BOOT_HEADER),
    }


def _told(answer: Answer) -> dict[str, object]:
    if isinstance(answer, Ack):
        return dump_ack(answer)
    return {"code": answer.reason, "detail": answer.message}


def _content_type(request: Request | HttpRequest) -> str:
    return str(request.META.get("CONTENT_TYPE", "")).partition(";")[0].strip()


def _require_cbor(request: Request | HttpRequest) -> None:
    if _content_type(request) != CONTENT_TYPE:
        raise Refused(f"A window is sent as {CONTENT_TYPE}, many of them as {SEQUENCE_TYPE}.")


def _number(headers: Mapping[str, Any], name: str) -> int | None:
    text = headers.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX) or int(text) > U32_MAX:
        raise Refused(f"{name} must be a whole number that fits 32 bits.")
    return int(text)
