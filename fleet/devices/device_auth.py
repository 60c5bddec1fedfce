"""Who a device's request comes from.

Guarantees: the device's row is read on every request, so a decommissioned device (410), a rejected
one (403) or one with another key (401) is out at once, whatever its token says; a device may only
speak for itself (404 otherwise).
"""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from fleet.devices import bearer, presence, sessions
from fleet.devices.device_state import require_accepted
from fleet.devices.models import Device
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import NotFound, Unauthenticated

DEVICE_TOKEN: Final = "DeviceToken"  # noqa: S105 - a scheme's name
TARGET_TOKEN: Final = "TargetToken"  # noqa: S105 - idem


@dataclass(frozen=True)
class DevicePrincipal:
    """The caller of a device's request, in the place of Django's user."""

    device: Device
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True

    @property
    def pk(self) -> str:
        """What throttles count by."""
        return self.device.public_id

    @property
    def actor(self) -> Actor:
        """The name for the audit log."""
        return Actor(ActorKind.DEVICE, self.device.public_id, self.device.controller_id)


class DeviceAuthentication(BaseAuthentication):
    """`Authorization: DeviceToken …` of a session, or `TargetToken …` where the settings allow
    it.
    """

    def authenticate(self, request: Request) -> tuple[DevicePrincipal, str] | None:
        """Return the device and its credential, or None when the request carries neither."""
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        match scheme:
            case "DeviceToken":
                device = device_of_token(secret)
            case "TargetToken" if settings.EDGEFLEET_TARGET_TOKENS:
                device = device_of_target_token(secret)
            case _:
                return None
        require_accepted(device)
        presence.seen(device)
        return DevicePrincipal(device), scheme

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
    device = Device.objects.filter(public_id=claims.device_id).first()
    if device is None or device.key_fingerprint != claims.key_fingerprint:
        raise Unauthenticated("This device token is not valid.")
    return device


def device_of_target_token(token: str) -> Device:
    """Return the device of a target token. Raises Unauthenticated."""
    found = bearer.digests(bearer.Purpose.TARGET_TOKEN, token)
    device = Device.objects.filter(target_token_digest__in=found).first()
    if device is None:
        raise Unauthenticated("This target token is not valid.")
    return device
