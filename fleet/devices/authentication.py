"""Which device a request comes from.

Guarantees: the device's row is read on every request, so a decommissioned device (410), a rejected
one (403) or one with another key (401) is out at once, whatever its token says; so is a token that
was retired. A device may only speak for itself, a gateway for its group's accepted devices (404
otherwise).
"""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from fleet.devices import presence
from fleet.devices.choices import DeviceState
from fleet.devices.enrolment.plug_and_play import device_announced
from fleet.devices.keys import session_token as sessions
from fleet.devices.lifecycle import require_accepted
from fleet.devices.models import ClientToken, Device
from fleet.devices.tokens.gateway import device_spoken_for, gateway_actor
from fleet.devices.tokens.issue import token_of, token_used
from fleet.devices.tokens.proxy import named_by_proxy
from fleet.devices.tokens.secret import Purpose
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import Forbidden, NotFound, Unauthenticated

DEVICE_TOKEN: Final = "DeviceToken"  # noqa: S105 - a scheme's name
NO_TARGET_TOKEN: Final = "This target token is not valid."  # noqa: S105 - a refusal


@dataclass(frozen=True)
class DevicePrincipal:
    """The caller of a device's request, in the place of Django's user."""

    device: Device
    token: ClientToken | None = None  # what it came with, where that was not a session
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True

    @property
    def pk(self) -> str:
        """What throttles count by."""
        return self.device.public_id

    @property
    def actor(self) -> Actor:
        """The name for the audit log: the gateway's, where one speaks."""
        if self.token is not None and self.token.group is not None:
            return gateway_actor(self.token)
        return Actor(ActorKind.DEVICE, self.device.public_id, self.device.controller_id)


class DeviceAuthentication(BaseAuthentication):
    """`Authorization: DeviceToken …` of a session, or `TargetToken …` and `GatewayToken …` where
    the settings allow them.
    """

    def authenticate(self, request: Request) -> tuple[DevicePrincipal, str] | None:
        """Return the device and its credential, or None when the request carries neither."""
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        caller = self._caller(request, scheme, secret)
        if caller is None:
            return None
        require_accepted(caller.device.state)
        require_way(caller.device)
        if caller.token is not None:
            token_used(caller.token)
        presence.seen(caller.device, caller.token)
        return caller, scheme

    def _caller(self, request: Request, scheme: str, secret: str) -> DevicePrincipal | None:
        named = request.parser_context.get("kwargs", {}).get("controller_id")
        match scheme:
            case "DeviceToken":
                return self.of_session(secret)
            case "TargetToken" if settings.EDGEFLEET_TARGET_TOKENS:
                return self.of_target_token(secret)
            # Where the address names no device, there is nobody to speak for.
            case "GatewayToken" if settings.EDGEFLEET_GATEWAY_TOKENS and named is not None:
                return caller_of_gateway_token(secret, named)
            case "" if named is not None:
                return caller_of_certificate(request, named)
            case _:
                return None

    def of_session(self, token: str) -> DevicePrincipal:
        """Return the device of a session. Raises Unauthenticated."""
        return DevicePrincipal(device_of_token(token))

    def of_target_token(self, secret: str) -> DevicePrincipal:
        """Return the device of a target token. Raises Unauthenticated."""
        return caller_of_target_token(secret)

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        del request
        return DEVICE_TOKEN


class IsDevice(BasePermission):
    """An authenticated device, and where the path names a controller, that one."""

    message = "This is for devices."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether a device is calling. Raises NotFound when it calls for another one."""
        caller: object = request.user
        if not isinstance(caller, DevicePrincipal):
            return False
        named = view.kwargs.get("controller_id")
        if named is not None and named != caller.device.controller_id:
            raise NotFound("There is no such device.")
        return True


def device_of_token(token: str) -> Device:
    """Return the device of a session token. Raises Unauthenticated."""
    claims = sessions.token_claims(token)
    device = Device.objects.select_related("behind").filter(public_id=claims.device_id).first()
    return require_session(device, claims)


def require_session(device: Device | None, claims: sessions.SessionClaims) -> Device:
    """Return the device of these claims, if its session still counts. Raises Unauthenticated."""
    if device is None or device.key_fingerprint != claims.key_fingerprint:
        raise Unauthenticated("This device token is not valid.")
    if claims.instance and claims.instance != device.instance:
        raise Unauthenticated("Another run of this device has a session now.", code="superseded")
    return device


def require_way(device: Device) -> None:
    """Raise Forbidden for a child whose gateway does not take part: it holds the child's key."""
    gateway = device.behind
    if gateway is not None and gateway.state != DeviceState.ACCEPTED:
        raise Forbidden(
            f"The gateway {gateway.controller_id!r} of this device does not take part.",
            code="gateway_not_accepted",
        )


def caller_of_target_token(secret: str) -> DevicePrincipal:
    """Return the device of a target token. Raises Unauthenticated."""
    token = token_of(Purpose.TARGET_TOKEN, secret)
    if token is None or token.device is None:
        raise Unauthenticated(NO_TARGET_TOKEN)
    return DevicePrincipal(token.device, token)


def caller_of_gateway_token(secret: str, controller_id: str) -> DevicePrincipal:
    """Return the device that a gateway speaks for. Raises Unauthenticated, NotFound."""
    token = token_of(Purpose.GATEWAY_TOKEN, secret)
    if token is None:
        raise Unauthenticated("This gateway token is not valid.")
    try:
        return DevicePrincipal(device_spoken_for(token, controller_id), token)
    except NotFound:
        if not settings.EDGEFLEET_PLUG_AND_PLAY:
            raise
    return DevicePrincipal(device_announced(token, controller_id), token)


def caller_of_certificate(request: Request, controller_id: str) -> DevicePrincipal | None:
    """Return the device whose certificate a proxy has checked; None where none tells of one.

    Raises Unauthenticated for a certificate of another name or issuer, or of no device.
    """
    named = named_by_proxy(request.headers, request.META.get("REMOTE_ADDR", ""))
    if named is None:
        return None
    device = Device.objects.filter(controller_id=named).first()
    if named != controller_id or device is None:
        raise Unauthenticated("This certificate is not that of the device.")
    return DevicePrincipal(device)
