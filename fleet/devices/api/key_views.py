"""REST: which agents use a device's key, and what an operator does about it."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors
from fleet.devices.api import serializers
from fleet.devices.keys import use as key_use
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictView


class KeyUseDetail(StrictView):
    """Which runs of an agent used a device's key lately."""

    scope = "devices"

    @extend_schema(responses=serializers.KeyUseOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the runs, and why two devices are suspected where they are."""
        del request
        return Response(selectors.key_use(selectors.device_get(public_id)))


class KeyAct(StrictView):
    """What ends a suspicion: one route each, with a reason."""

    scope = "devices"
    act: ClassVar[Callable[..., Any]] = staticmethod(key_use.key_dismiss)

    @takes(serializers.KeyReasonIn)
    @extend_schema(responses=serializers.DeviceOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Do it, and keep the reason."""
        device = selectors.device_get(public_id)
        done = self.act(device=device, by=actor_of(request), **self.given)
        return Response(serializers.DeviceOut(done).data)


class KeyDismiss(KeyAct):
    """Record that no two devices share this key, or no longer do."""

    act = staticmethod(key_use.key_dismiss)


class KeyRevoke(KeyAct):
    """Revoke a device's key; the device must enrol again with another one."""

    act = staticmethod(key_use.key_revoke)
