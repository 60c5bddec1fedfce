"""REST: groups and their members."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.actors import actor_of
from fleet.access.idempotency import idempotent
from fleet.devices import groups, selectors
from fleet.devices.api import serializers
from fleet.devices.models import Device
from fleet.devices.models import Group as GroupRow


class Groups(ListAPIView[GroupRow]):
    """All groups, and making one."""

    scope = "devices"
    serializer_class = serializers.GroupOut

    def get_queryset(self) -> QuerySet[GroupRow]:
        """Return all groups."""
        return selectors.groups()

    @extend_schema(request=serializers.GroupIn, responses={201: serializers.GroupOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a group: dynamic with a query, static without."""
        wanted = serializers.GroupIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        group = groups.group_create(by=actor_of(request), **wanted.validated_data)
        return Response(serializers.GroupOut(group).data, status=201)


class Group(APIView):
    """One group."""

    scope = "devices"

    @extend_schema(responses=serializers.GroupOut)
    def get(self, request: Request, name: str) -> Response:
        """Return the group."""
        del request
        return Response(serializers.GroupOut(selectors.group_get(name)).data)

    @extend_schema(request=serializers.GroupEditIn, responses=serializers.GroupOut)
    def patch(self, request: Request, name: str) -> Response:
        """Change the query or the description."""
        wanted = serializers.GroupEditIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        group = selectors.group_get(name)
        group = groups.group_edit(group=group, by=actor_of(request), **wanted.validated_data)
        return Response(serializers.GroupOut(group).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Remove the group; its devices stay."""
        groups.group_delete(group=selectors.group_get(name), by=actor_of(request))
        return Response(status=204)


class Members(ListAPIView[Device]):
    """The accepted devices of a group, and changing a static group's list."""

    scope = "devices"
    serializer_class = serializers.DeviceOut

    def get_queryset(self) -> QuerySet[Device]:
        """Return the members."""
        return selectors.group_members(selectors.group_get(self.kwargs["name"]))

    @extend_schema(request=serializers.MembersIn, responses=serializers.GroupOut)
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        """Add and remove devices by public id."""
        wanted = serializers.MembersIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        group = selectors.group_get(name)
        groups.group_members_change(group=group, by=actor_of(request), **wanted.validated_data)
        return Response(serializers.GroupOut(group).data)
