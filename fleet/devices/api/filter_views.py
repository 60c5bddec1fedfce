"""REST: filters of the list of devices that people keep and share."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import filters, selectors
from fleet.devices.api import filter_serializers as shapes
from fleet.devices.models import DeviceFilter
from fleet.lib.errors import Forbidden
from fleet.lib.rest.conditions import EditedView, conditional
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList


class DeviceFilters(StrictList[DeviceFilter]):
    """The filters that one keeps and that are shared, and keeping one."""

    scope = "devices"
    serializer_class = shapes.DeviceFilterOut

    def get_queryset(self) -> QuerySet[DeviceFilter]:
        """Return one's own and the shared ones."""
        if getattr(self, "swagger_fake_view", False):  # the document is made without a person
            return DeviceFilter.objects.none()
        return selectors.filters_for(_person(self.request))

    @takes(shapes.DeviceFilterIn)
    @extend_schema(responses={201: shapes.DeviceFilterOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep a filter under a name, for oneself or shared with everybody who sees devices."""
        kept = filters.filter_create(owner=_person(request), by=actor_of(request), **self.given)
        return Response(shapes.DeviceFilterOut(kept).data, status=201)


class DeviceFilterDetail(EditedView):
    """One filter; its owner alone changes it."""

    scope = "devices"
    edited = ("id", "name", "shared", "asked")

    def row(self) -> QuerySet[DeviceFilter]:
        """Return the filter's row."""
        found = selectors.filters_for(_person(self.request))
        return found.filter(public_id=self.kwargs["public_id"])

    def shown(self) -> dict[str, Any]:
        """Return the filter as it is shown."""
        return dict(shapes.DeviceFilterOut(self._kept()).data)

    @extend_schema(responses=shapes.DeviceFilterOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the filter."""
        del request, public_id
        return Response(self.shown())

    @takes(shapes.DeviceFilterEditIn)
    @extend_schema(responses=shapes.DeviceFilterOut)
    @conditional
    def patch(self, request: Request, public_id: str) -> Response:
        """Rename it, share it or not, or change what it asks for."""
        del public_id
        kept = filters.filter_edit(
            kept=self._kept(), owner=_person(request), by=actor_of(request), **self.given
        )
        return Response(shapes.DeviceFilterOut(kept).data)

    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, public_id: str) -> Response:
        """Forget it."""
        del public_id
        filters.filter_delete(kept=self._kept(), owner=_person(request), by=actor_of(request))
        return Response(status=204)

    def _kept(self) -> DeviceFilter:
        return selectors.filter_get(self.kwargs["public_id"], _person(self.request))


def _person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Forbidden("Only people keep filters.")
    return request.user
