"""What a device calls before it has a session: enrol, challenge, session; and to change its key."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from builds import keyring
from device_agent.protocol import enrol, fields
from device_agent.protocol.errors import ProtocolError
from fleet.devices.authentication import DeviceAuthentication, DevicePrincipal, IsDevice
from fleet.devices.device_api.body import json_body
from fleet.devices.enrolment import join as enrolment
from fleet.devices.keys import session_token as sessions
from fleet.devices.keys.rotation import key_rotate
from fleet.devices.keys.session import session_open
from fleet.devices.models import Device
from fleet.lib.errors import Refused, Unauthenticated

BODY_MAX_BYTES: Final = 64 * 1024
ADDRESS_MAX: Final = 64  # characters
RESULT = TypeVar("RESULT")


class JoiningThrottle(SimpleRateThrottle):
    """One budget per minute for each address, before the caller is known: both joining and
    opening a session cost a signature check.
    """

    scope = "joining"

    def get_rate(self) -> str:
        """Return the budget from the settings."""
        return f"{settings.EDGEFLEET_ENROL_PER_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return whose budget this request is taken from."""
        del view
        return f"throttle:joining:{self.get_ident(request)}"


class OpenView(APIView):
    """A call that nobody needs to be signed in for; it proves itself by a signature."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (JoiningThrottle,)


class DeviceView(APIView):
    """A call of a device with a session, about itself."""

    authentication_classes = (DeviceAuthentication,)
    permission_classes = (IsDevice,)

    def device(self) -> Device:
        """Return the calling device."""
        caller: object = self.request.user
        if not isinstance(caller, DevicePrincipal):
            raise Unauthenticated("This is for devices.")
        return caller.device


class Enrol(OpenView):
    """Join the fleet with a code and a key."""

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Return where to poll and what to trust: 201 for a new device, 200 for a repeated call."""
        wanted = _parsed(enrol.parse_enrol_request, _body(request, "The enrolment"))
        device, created = enrolment.device_enrol(request=wanted, address=_address(request))
        return Response(_reply(device), status=201 if created else 200)


class ChallengeView(OpenView):
    """A text to sign. It is given to anybody, so it tells nothing about who is enrolled."""

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Return a challenge for the controller id."""
        asked = _parsed(enrol.parse_challenge_request, _body(request, "The request"))
        challenge = sessions.challenge_new(*asked)
        return Response(
            {"challenge": challenge, "expires_in": settings.EDGEFLEET_CHALLENGE_SECONDS}
        )


class SessionView(OpenView):
    """A signed challenge becomes a token."""

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Return the token and its life in seconds."""
        wanted = _parsed(_session_request, _body(request, "The request"))
        token = session_open(**wanted, address=_address(request))
        return Response({"token": token, "expires_in": settings.EDGEFLEET_SESSION_SECONDS})


class Key(OpenView):
    """A device's new key, signed by its old one."""

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Return the fingerprint of the key that holds from now on."""
        wanted = _parsed(enrol.parse_rotate_request, _body(request, "The request"))
        return Response({"key": key_rotate(request=wanted).key_fingerprint})


def _body(request: Request, what: str) -> object:
    return json_body(request, limit_bytes=BODY_MAX_BYTES, what=what)


def _parsed(parse: Callable[[object], RESULT], value: object) -> RESULT:
    try:
        return parse(value)
    except ProtocolError as error:
        raise Refused(str(error)) from error


def _address(request: Request) -> str:
    return JoiningThrottle().get_ident(request)[:ADDRESS_MAX]


def _session_request(value: object) -> dict[str, Any]:
    data = fields.members(value, "The request")
    return {
        "controller_id": fields.name(data, "controller_id"),
        "challenge": fields.text(data, "challenge", limit=sessions.TOKEN_MAX),
        "signature": fields.base64_bytes(data, "signature", limit=enrol.SIGNATURE_BYTES),
    }


def _reply(device: Device) -> dict[str, object]:
    keys = keyring.public_keys()
    base = f"{settings.EDGEFLEET_PUBLIC_URL}/{settings.EDGEFLEET_TENANT}"
    reply = enrol.EnrolReply(
        controller_id=device.controller_id,
        state=device.state,
        poll_url=f"{base}/controller/v1/{device.controller_id}",
        director={keys["director"]["keyid"]: keys["director"]["public"]},
        artifacts={keys["artifacts"]["keyid"]: keys["artifacts"]["public"]},
        # By name, because the repository lies above devices.
        tuf_root=import_string(settings.EDGEFLEET_TRUST_ROOT)(),
    )
    return enrol.dump_enrol_reply(reply)
