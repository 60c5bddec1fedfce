"""REST: who uses a device's key, and what an operator does about it."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.actors import actor_of
from fleet.access.idempotency import idempotent
from fleet.devices import key_use, selectors
from fleet.devices.api import serializers


class KeyUse(APIView):
    """Which runs of an agent used a device's key lately."""

    scope = "devices"

    @extend_schema(responses=serializers.KeyUseOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the runs, and why two devices are suspected where they are."""
        del request
        return Response(selectors.key_use(selectors.device_get(public_id)))


class KeyAct(APIView):
    """What ends a suspicion: one route each, with a reason."""

    scope = "devices"
    act: ClassVar[Callable[..., Any]] = staticmethod(key_use.key_dismiss)

    @extend_schema(request=serializers.KeyReasonIn, responses=serializers.DeviceOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Do it, and keep the reason."""
        wanted = serializers.KeyReasonIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        device = selectors.device_get(public_id)
        done = self.act(device=device, by=actor_of(request), **wanted.validated_data)
        return Response(serializers.DeviceOut(done).data)


class KeyDismiss(KeyAct):
    """Say that there are no two devices on this key, or not any more."""

    act = staticmethod(key_use.key_dismiss)


class KeyRevoke(KeyAct):
    """End a device's key for good; the device must enrol anew with another one."""

    act = staticmethod(key_use.key_revoke)
