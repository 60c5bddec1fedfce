"""REST: groups and their members."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import groups, selectors
from fleet.devices.api import serializers
from fleet.devices.models import Device
from fleet.devices.models import Group as GroupRow
from fleet.lib.rest.conditions import EditedView, conditional
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView


class Groups(StrictList[GroupRow]):
    """All groups, and making one."""

    scope = "devices"
    serializer_class = serializers.GroupOut

    def get_queryset(self) -> QuerySet[GroupRow]:
        """Return all groups."""
        return selectors.groups()

    @takes(serializers.GroupIn)
    @extend_schema(responses={201: serializers.GroupOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a group: dynamic with a query, static without."""
        group = groups.group_create(by=actor_of(request), **self.given)
        return Response(serializers.GroupOut(group).data, status=201)


class GroupPreview(StrictView):
    """Whom a query would mean, before a group is made of it."""

    scope = "devices"

    @takes(query=serializers.PreviewIn)
    @extend_schema(responses=serializers.PreviewOut)
    def get(self, request: Request) -> Response:
        """Count and name the devices that a query means, and say why one of them is meant."""
        del request
        named = self.asked.get("device")
        device = selectors.device_get(named) if named else None
        found = selectors.query_preview(self.asked["query"], device=device)
        return Response(serializers.PreviewOut(found).data)


class GroupDetail(EditedView):
    """One group."""

    scope = "devices"
    edited = ("id", "name", "query", "description")

    def row(self) -> QuerySet[GroupRow]:
        """Return the group's row."""
        return GroupRow.objects.filter(name=self.kwargs["name"])

    def shown(self) -> dict[str, Any]:
        """Return the group as it is shown."""
        return dict(serializers.GroupOut(selectors.group_get(self.kwargs["name"])).data)

    @extend_schema(responses=serializers.GroupOut)
    def get(self, request: Request, name: str) -> Response:
        """Return the group."""
        del request, name
        return Response(self.shown())

    @takes(serializers.GroupEditIn)
    @extend_schema(responses=serializers.GroupOut)
    @conditional
    def patch(self, request: Request, name: str) -> Response:
        """Change the query or the description."""
        group = selectors.group_get(name)
        group = groups.group_edit(group=group, by=actor_of(request), **self.given)
        return Response(serializers.GroupOut(group).data)

    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, name: str) -> Response:
        """Remove the group; its devices stay."""
        groups.group_delete(group=selectors.group_get(name), by=actor_of(request))
        return Response(status=204)


class Members(StrictList[Device]):
    """The accepted devices of a group, and changing a static group's list."""

    scope = "devices"
    serializer_class = serializers.DeviceOut

    def get_queryset(self) -> QuerySet[Device]:
        """Return the members."""
        return selectors.group_members(selectors.group_get(self.kwargs["name"]))

    @takes(serializers.MembersIn)
    @extend_schema(responses=serializers.GroupOut)
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        """Add and remove devices by public id."""
        group = selectors.group_get(name)
        groups.group_members_change(group=group, by=actor_of(request), **self.given)
        return Response(serializers.GroupOut(group).data)
