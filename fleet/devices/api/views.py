"""REST: devices and their timelines."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.actors import actor_of
from fleet.access.idempotency import idempotent
from fleet.devices import enrolment, selectors, services
from fleet.devices.api import serializers
from fleet.devices.models import Device as DeviceRow
from fleet.devices.models import DeviceEvent


class EventCursor(CursorPagination):
    """The newest line first; the key breaks ties."""

    ordering = ("-at", "-pk")
    page_size_query_param = "page_size"
    max_page_size = 200


@extend_schema(parameters=[serializers.DeviceFilterIn])
class Devices(ListAPIView[DeviceRow]):
    """All devices, filtered by state, target and label query, and registering one."""

    scope = "devices"
    serializer_class = serializers.DeviceOut

    def get_queryset(self) -> QuerySet[DeviceRow]:
        """Return the devices that the parameters ask for."""
        wanted = serializers.DeviceFilterIn(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.devices(**wanted.validated_data)

    @extend_schema(request=serializers.DevicePreloadIn, responses={201: serializers.DeviceOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Register a device before it calls: it is accepted, by its key or for a token."""
        wanted = serializers.DevicePreloadIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = enrolment.device_preload(by=actor_of(request), **wanted.validated_data)
        return Response(serializers.DeviceOut(made).data, status=201)


class Device(APIView):
    """One device: read it, rename it, label it."""

    scope = "devices"

    @extend_schema(responses=serializers.DeviceOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the device."""
        del request
        return Response(serializers.DeviceOut(selectors.device_get(public_id)).data)

    @extend_schema(request=serializers.DeviceEditIn, responses=serializers.DeviceOut)
    def patch(self, request: Request, public_id: str) -> Response:
        """Rename the device, or replace its labels."""
        wanted = serializers.DeviceEditIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        device = selectors.device_get(public_id)
        device = services.device_edit(device=device, by=actor_of(request), **wanted.validated_data)
        return Response(serializers.DeviceOut(device).data)


class DeviceAct(APIView):
    """Accept, reject or decommission a device: one route each."""

    scope = "devices"
    act: ClassVar[Callable[..., Any]] = staticmethod(services.device_accept)

    @extend_schema(request=None, responses=serializers.DeviceOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Move the device to its next state."""
        device = selectors.device_get(public_id)
        moved = self.act(device=device, by=actor_of(request))
        return Response(serializers.DeviceOut(moved).data)


class DeviceAccept(DeviceAct):
    """Let a device take part."""

    act = staticmethod(services.device_accept)


class DeviceReject(DeviceAct):
    """Keep a device out for now."""

    act = staticmethod(services.device_reject)


class DeviceDecommission(DeviceAct):
    """Refuse a device for good."""

    act = staticmethod(services.device_decommission)


class DeviceEvents(ListAPIView[DeviceEvent]):
    """The timeline of a device."""

    scope = "devices"
    serializer_class = serializers.DeviceEventOut
    pagination_class = EventCursor

    def get_queryset(self) -> QuerySet[DeviceEvent]:
        """Return the device's lines."""
        return selectors.device_timeline(selectors.device_get(self.kwargs["public_id"]))
