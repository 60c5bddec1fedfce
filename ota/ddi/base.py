"""What every DDI view shares: the device's credential, tenant, framing and error bodies.

* 200 with `Content-Length` and `application/json`, whatever a client writes into `Accept`.
* Links are absolute and on the host that the device called: some clients follow no other.
* The tenant is compared without case; another tenant does not exist.
"""

from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from device_agent.protocol.ddi import BODY_LIMIT
from fleet.devices.authentication import DeviceAuthentication, DevicePrincipal, IsDevice
from fleet.devices.device_api.answers import (
    AnyType,
    hawkbit_problem,
    with_headers_of,
)
from fleet.devices.device_api.body import json_body, raw_body
from fleet.devices.models import Device
from fleet.devices.tokens.proxy import is_trusted_proxy
from fleet.lib.errors import NotFound
from fleet.lib.rest.problems import problem_handler
from fleet.lib.web.device_answers import mark_for_device
from ota.ddi import cbor


def ddi_errors(error: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    """Return an error in the members that hawkBit's clients log, beside the problem's own."""
    found = problem_handler(error, context)
    if found is None:
        return None
    if found.status_code == HTTPStatus.UNAUTHORIZED:
        return with_headers_of(HttpResponse(status=found.status_code), found)
    return hawkbit_problem(error, found)


@extend_schema(exclude=True)
class DdiView(APIView):
    """A call of a device about itself."""

    authentication_classes = (DeviceAuthentication,)
    permission_classes = (IsDevice,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AnyType

    def get_exception_handler(self) -> Any:
        """Return DDI's own error bodies."""
        return ddi_errors

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the tenant after the credential, so that strangers learn nothing of tenants."""
        super().initial(request, *args, **kwargs)
        if kwargs["tenant"].lower() != settings.EDGEFLEET_TENANT.lower():
            raise NotFound("There is no such tenant.")

    @property
    def device(self) -> Device:
        """The calling device."""
        return cast("DevicePrincipal", self.request.user).device

    def body(self, request: Request, what: str) -> object:
        """Return the value of the body, bounded: JSON, or CBOR where the client says so."""
        if cbor.is_cbor(request.META.get("CONTENT_TYPE", "")):
            return cbor.cbor_body(request, limit_bytes=BODY_LIMIT, what=what)
        return json_body(request, limit_bytes=BODY_LIMIT, what=what)

    def body_or_nothing(self, request: Request, what: str) -> object:
        """Return the value of the body, or an empty object where there is none."""
        return (
            self.body(request, what) if raw_body(request, limit_bytes=BODY_LIMIT, what=what) else {}
        )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer in CBOR where the client prefers it, and without what only browsers need."""
        found = super().finalize_response(request, response, *args, **kwargs)
        mark_for_device(found)
        if cbor.prefers_cbor(request.META.get("HTTP_ACCEPT", "")):
            cbor.to_cbor(found)
        return found

    def link(self, name: str, **extra: Any) -> str:
        """Return an absolute address of another DDI view of the same device."""
        base = {key: self.kwargs[key] for key in ("tenant", "controller_id")}
        return self.absolute(reverse(f"ddi-{name}", kwargs=base | extra))

    def absolute(self, path: str) -> str:
        """Return a path on the host that the device called, as a trusted proxy says it was."""
        address = self.request.build_absolute_uri(path)
        outside = self.request.headers.get("X-Forwarded-Proto", "")
        if outside == "https" and is_trusted_proxy(self.request.META.get("REMOTE_ADDR", "")):
            return f"https://{address.partition('://')[2]}"
        return address
