"""Pages of lists: a wrong cursor or size is a refusal, never an accident."""

from datetime import UTC
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from fleet.lib.errors import Refused
from fleet.lib.text import strict_json

PAGE_MAX: Final = 200  # rows


class StrictCursor(CursorPagination):
    """Cursor pagination whose wrong parameters are 400; a subclass names the `ordering`."""

    page_size_query_param = "page_size"
    max_page_size = PAGE_MAX
    positions_of: type[Model]  # whose rows the page is of

    @classmethod
    def parameters(cls) -> frozenset[str]:
        """Return the names of the parameters that it reads."""
        return frozenset({cls.cursor_query_param, cls.page_size_query_param})

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """Return one page of rows of a query set. Raises Refused."""
        self.positions_of = queryset.model
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request: Request) -> int | None:
        """Return how many rows a page has. Raises Refused for anything but 1 to `PAGE_MAX`."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= PAGE_MAX):
            message = f"{self.page_size_query_param}: this is a number from 1 to {PAGE_MAX}."
            raise Refused(message, code="invalid")
        return int(asked)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return the cursor. Raises Refused unless it is one that this list made."""
        try:
            found = super().decode_cursor(request)
        except (NotFound, ValueError) as error:
            raise _not_ours() from error
        if self.cursor_query_param in request.query_params and not self._is_ours(found):
            raise _not_ours()
        return found

    def _is_ours(self, found: Cursor | None) -> bool:
        """Tell whether this list makes such cursors: one that says nothing is never made."""
        if found is None or not any(found):
            return False
        return found.position is None or self._is_position(str(found.position))

    def _is_position(self, position: str) -> bool:
        """Tell whether a position is a value of the column that orders the list."""
        orders = (self.ordering,) if isinstance(self.ordering, str) else self.ordering
        options = self.positions_of._meta  # noqa: SLF001 - Django's documented API
        name = str(orders[0]).lstrip("-")
        try:
            field = options.pk if name == "pk" else options.get_field(name)
            value: Any = field.to_python(position)  # type: ignore[union-attr]
            if isinstance(value, int):
                return abs(value) <= strict_json.INTEGER_MAX
            return timezone.is_aware(value) and timezone.localtime(value, UTC) is not None
        except (ValidationError, FieldDoesNotExist, OverflowError, ValueError, AttributeError):
            return False


class CreatedCursor(StrictCursor):
    """Newest first; the key breaks ties, so that a page never repeats or skips a row."""

    ordering = ("-created_at", "-pk")


def _not_ours() -> Refused:
    return Refused("cursor: this is not one that this list gave.", code="invalid")
