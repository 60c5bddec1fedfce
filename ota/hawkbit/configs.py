"""System configuration: what a tool may set, and what the environment of this service decides.

Switches of authentication and trusted issuers are set where the service is installed; here they are
shown, and "set" to what they are already. Everything else would let a token change who is trusted.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from device_agent.protocol.ddi import format_sleep, parse_sleep
from device_agent.protocol.errors import ProtocolError
from fleet.access import audit
from fleet.access.accounts.actors import actor_of
from fleet.access.rest.permissions import scopes_of_request
from fleet.devices.device_api.answers import json_answer
from fleet.devices.groups import group_create
from fleet.devices.models import Group
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, NotFound, Refused
from ota.hawkbit.base import ManagementView, done
from ota.hawkbit.secrets import secret_give, secret_of
from ota.models import SystemConfig
from ota.selectors import SLEEP_KEY

OVERDUE_KEY: Final = "pollingOverdueTime"
GATEWAY_KEY: Final = "authentication.gatewaytoken.key"
GATEWAY_GROUP: Final = "hawkbit-gateway"  # every device, for the tenant's one gateway
EVERY_DEVICE: Final = 'not id="-"'
SLEEP_MIN: Final = 1  # seconds
FIXED: Final[Mapping[str, tuple[str, Callable[[], Any]]]] = {
    "authentication.targettoken.enabled": (
        "EDGEFLEET_TARGET_TOKENS",
        lambda: settings.EDGEFLEET_TARGET_TOKENS,
    ),
    "authentication.gatewaytoken.enabled": (
        "EDGEFLEET_GATEWAY_TOKENS",
        lambda: settings.EDGEFLEET_GATEWAY_TOKENS,
    ),
    "authentication.header.enabled": (
        "EDGEFLEET_PROXY_CERTIFICATES",
        lambda: settings.EDGEFLEET_PROXY_CERTIFICATES,
    ),
    "authentication.header.authority": (
        "EDGEFLEET_CERTIFICATE_ISSUERS",
        lambda: ",".join(settings.EDGEFLEET_CERTIFICATE_ISSUERS),
    ),
}
TIMES: Final[Mapping[str, Callable[[], str]]] = {
    SLEEP_KEY: lambda: format_sleep(settings.EDGEFLEET_POLL_SECONDS),
    OVERDUE_KEY: lambda: format_sleep(settings.EDGEFLEET_POLL_SECONDS),
}


class SystemConfigs(ManagementView):
    """All of them."""

    scope = "devices"

    def get(self, request: Request) -> HttpResponse:
        """Answer with every value; the gateway's secret only where the token may change devices."""
        keys = [*TIMES, *FIXED, *([GATEWAY_KEY] if _may_see_secrets(request) else [])]
        return json_answer({key: _shown(key) for key in keys})


class SystemConfigDetail(ManagementView):
    """One of them."""

    scope = "devices"

    def get(self, request: Request, key: str) -> HttpResponse:
        """Answer with its value."""
        if key == GATEWAY_KEY and not _may_see_secrets(request):
            self.require("devices.write")
        return json_answer(_shown(key))

    def put(self, request: Request, key: str) -> Response:
        """Set it, or say where it is set."""
        value = self.object(request, "The configuration").get("value")
        if key == GATEWAY_KEY:
            _gateway_set(value, actor_of(request))
        elif key in TIMES:
            _time_set(key, value, actor_of(request))
        else:
            _require_same(key, value)
        return done()


def _may_see_secrets(request: Request) -> bool:
    return "devices.write" in scopes_of_request(request)


def _shown(key: str) -> dict[str, Any]:
    stored = SystemConfig.objects.filter(key=key).first()
    return {"value": stored.value if stored else _default(key), "global": stored is None}


def _default(key: str) -> Any:
    if key == GATEWAY_KEY:
        group = Group.objects.filter(name=GATEWAY_GROUP).first()
        return (secret_of(group) if group else None) or ""
    if key in TIMES:
        return TIMES[key]()
    if key in FIXED:
        return FIXED[key][1]()
    raise NotFound(f"There is no configuration {key[:80]!r}.")


def _gateway_set(value: object, by: Actor) -> None:
    if not isinstance(value, str):
        raise Refused("The gateway's key must be a text.")
    group = Group.objects.filter(name=GATEWAY_GROUP).first()
    if group is None:
        words = "Every device: for the gateway key of hawkBit's tools."
        group = group_create(name=GATEWAY_GROUP, by=by, query=EVERY_DEVICE, description=words)
    secret_give(holder=group, by=by, secret=value)


@transaction.atomic
def _time_set(key: str, value: object, by: Actor) -> None:
    try:
        seconds = parse_sleep(str(value))
    except ProtocolError as error:
        raise Refused("The value must be HH:MM:SS.") from error
    if seconds < SLEEP_MIN:
        raise Refused(f"The value must be {SLEEP_MIN} second or more.")
    detail = {"value": format_sleep(seconds)}
    SystemConfig.objects.update_or_create(key=key, defaults=detail)
    audit.record(by=by, action="ota.system_config", subject=key, detail=detail)


def _require_same(key: str, value: object) -> None:
    if key not in FIXED:
        raise NotFound(f"There is no configuration {key[:80]!r}.")
    name, now = FIXED[key]
    if value != now():
        raise Conflict(f"{key} is set by {name} where the service is installed.", code="fixed")
