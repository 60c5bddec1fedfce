"""What the app's REST views share: checked input, pages, and the caller's name."""

from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from fleet.lib.rest import CreatedCursor

SerializerT = TypeVar("SerializerT", bound=Serializer[Any])


class EventCursor(CreatedCursor):
    """Newest first by key: event rows have no `created_at`."""

    ordering = ("-pk", "-at")


class NewestCursor(CreatedCursor):
    """Newest first by key, which orders assignments as they were made."""

    ordering = ("-pk", "-created_at")


class PositionCursor(CreatedCursor):
    """In the order in which devices come."""

    ordering = ("position", "pk")


class OtaView(APIView):
    """A view of this app: reading needs ota.read, changing ota.write unless it says otherwise."""

    scope = "ota"
    pages: ClassVar[type[CursorPagination]] = CreatedCursor

    def checked(self, serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
        """The validated members of a body or query."""
        found = serializer(data=data)
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    def page(self, request: Request, rows: QuerySet[Any], out: type[Serializer[Any]]) -> Response:
        """One page of rows."""
        pages = self.pages()
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(out(found, many=True).data)
