"""REST: devices and their timelines."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors, services
from fleet.devices.api import serializers
from fleet.devices.enrolment import children
from fleet.devices.enrolment import join as enrolment
from fleet.devices.models import Device as DeviceRow
from fleet.devices.models import DeviceEvent
from fleet.lib.errors import NotFound
from fleet.lib.rest.conditions import EditedView, conditional
from fleet.lib.rest.pages import StrictCursor
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView


class DeviceEventCursor(StrictCursor):
    """The newest line first; the key breaks ties."""

    ordering = ("-at", "-pk")


class Devices(StrictList[DeviceRow]):
    """All devices, filtered by state, target and device query, and registering one."""

    scope = "devices"
    serializer_class = serializers.DeviceOut
    filters = serializers.DeviceFilterIn

    def get_queryset(self) -> QuerySet[DeviceRow]:
        """Return the devices that the parameters ask for."""
        return selectors.devices(**self.asked)

    @takes(serializers.DevicePreloadIn)
    @extend_schema(responses={201: serializers.DeviceOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Register a device before it calls: it is accepted, by its key or for a token."""
        made = enrolment.device_preload(by=actor_of(request), **self.given)
        return Response(serializers.DeviceOut(made).data, status=201)


class DevicesChange(StrictView):
    """The same act for many devices."""

    scope = "devices"

    @takes(serializers.DevicesChangeIn)
    @extend_schema(responses=serializers.DevicesChangedOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Accept, reject, label or assign devices; one that cannot be changed keeps no other from
        it.
        """
        named = list(dict.fromkeys(self.given["devices"]))
        known = {row.public_id: row for row in DeviceRow.objects.filter(public_id__in=named)}
        if missing := [name for name in named if name not in known]:
            raise NotFound(f"There is no device {missing[0]!r}.")
        done = services.devices_change(
            devices=[known[name] for name in named],
            act=services.BulkAct(self.given["act"]),
            by=actor_of(request),
            labels=self.given.get("labels"),
            group=selectors.group_get(self.given["group"]) if "group" in self.given else None,
            reason=self.given.get("reason", ""),
        )
        return Response(serializers.DevicesChangedOut(done).data)


class DeviceDetail(EditedView):
    """One device: read it, rename it, label it."""

    scope = "devices"
    edited = ("id", "name", "labels")

    def row(self) -> QuerySet[DeviceRow]:
        """Return the device's row."""
        return DeviceRow.objects.filter(public_id=self.kwargs["public_id"])

    def shown(self) -> dict[str, Any]:
        """Return the device as it is shown."""
        device = selectors.device_get(self.kwargs["public_id"])
        return dict(serializers.DeviceOut(device).data)

    @extend_schema(responses=serializers.DeviceOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the device."""
        del request, public_id
        return Response(self.shown())

    @takes(serializers.DeviceEditIn)
    @extend_schema(responses=serializers.DeviceOut)
    @conditional
    def patch(self, request: Request, public_id: str) -> Response:
        """Rename the device, or replace its labels."""
        device = selectors.device_get(public_id)
        device = services.device_edit(device=device, by=actor_of(request), **self.given)
        return Response(serializers.DeviceOut(device).data)


class DeviceAct(StrictView):
    """Accept, reject or decommission a device: one route each."""

    scope = "devices"
    act: ClassVar[Callable[..., Any]] = staticmethod(services.device_accept)

    @extend_schema(responses=serializers.DeviceOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Move the device to its next state."""
        device = selectors.device_get(public_id)
        moved = self.act(device=device, by=actor_of(request))
        return Response(serializers.DeviceOut(moved).data)


class DeviceMove(DeviceAct):
    """An act that a person gives a reason for."""

    @takes(serializers.DeviceMoveIn)
    @extend_schema(responses=serializers.DeviceOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Move the device to its next state."""
        device = selectors.device_get(public_id)
        moved = self.act(device=device, by=actor_of(request), **self.given)
        return Response(serializers.DeviceOut(moved).data)


class DeviceAccept(DeviceMove):
    """Let a device take part."""

    act = staticmethod(services.device_accept)


class DeviceReject(DeviceMove):
    """Keep a device out for now."""

    act = staticmethod(services.device_reject)


class DeviceDecommission(DeviceMove):
    """Take a device out of service permanently."""

    act = staticmethod(services.device_decommission)


class ChildrenAccept(DeviceAct):
    """Accept the children that a gateway vouches for: those that wait, and those to come."""

    act = staticmethod(children.children_accept)


class ChildrenHold(DeviceAct):
    """Have each child that comes from now on wait until somebody accepts it."""

    act = staticmethod(children.children_hold)


class DeviceEvents(StrictList[DeviceEvent]):
    """The timeline of a device."""

    scope = "devices"
    serializer_class = serializers.DeviceEventOut
    pagination_class = DeviceEventCursor

    def get_queryset(self) -> QuerySet[DeviceEvent]:
        """Return the device's lines."""
        return selectors.device_timeline(selectors.device_get(self.kwargs["public_id"]))
