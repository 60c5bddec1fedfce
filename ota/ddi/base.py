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
from fleet.devices.device_api.answers import AnyType, json_answer
from fleet.devices.device_api.body import json_body
from fleet.devices.models import Device
from fleet.lib.errors import NotFound
from fleet.lib.rest.problems import problem_handler


def ddi_errors(error: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    """Return an error in the members that hawkBit's clients log, beside the problem's own."""
    found = problem_handler(error, context)
    if found is None:
        return None
    if found.status_code == HTTPStatus.UNAUTHORIZED:
        return _with_headers(HttpResponse(status=found.status_code), found)
    data = dict(found.data)
    body = {
        "exceptionClass": type(error).__name__,
        "errorCode": f"edgefleet.{data['code']}",
        "message": data["detail"],
    } | data
    return _with_headers(json_answer(body, status=found.status_code), found)


def _with_headers(answer: HttpResponse, problem: Response) -> HttpResponse:
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in problem.headers:
            answer[name] = problem.headers[name]
    return answer


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
        """Return the JSON value of the body, bounded."""
        return json_body(request, limit_bytes=BODY_LIMIT, what=what)

    def link(self, name: str, **extra: Any) -> str:
        """Return an absolute address of another DDI view of the same device."""
        base = {key: self.kwargs[key] for key in ("tenant", "controller_id")}
        return self.absolute(reverse(f"ddi-{name}", kwargs=base | extra))

    def absolute(self, path: str) -> str:
        """Return a path on the host that the device called."""
        return self.request.build_absolute_uri(path)
