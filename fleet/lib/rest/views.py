"""The base of every REST view: all that was sent is read and checked before anything is done.

Order: credential, rights, rate, then address, body and parameters; then the handler. A handler
that declares no body gets none: an empty one or `{}` passes, everything else is refused.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar

from django.db.models import Model
from django.http import Http404, QueryDict
from rest_framework.generics import ListAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.lib import text
from fleet.lib.errors import PreconditionFailed, Refused, TooLarge
from fleet.lib.rest.pages import CreatedCursor, StrictCursor
from fleet.lib.rest.parsers import BODY_MAX_BYTES
from fleet.lib.rest.rendering import WholeJsonRenderer
from fleet.lib.rest.strict import FROM_JSON, StrictIn
from fleet.lib.rest.takes import Shape, body_of, query_of
from fleet.lib.text import strict_json

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
ModelT = TypeVar("ModelT", bound=Model)


class Nothing(StrictIn):
    """No member at all."""


class StrictView(APIView):
    """A view whose input is checked before its handler runs."""

    asked: Mapping[str, Any] = NOTHING  # the checked parameters
    given: Mapping[str, Any] = NOTHING  # the checked members of the body

    def body_limit_bytes(self) -> int:
        """Return the largest body that the view reads."""
        return BODY_MAX_BYTES

    def parameters_of_pages(self) -> frozenset[str]:
        """Return the parameters that choose a page of a list."""
        return frozenset()

    def shape_of_query(self, handler: Any) -> Shape:
        """Return what the parameters of a handler are checked by."""
        return query_of(handler)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the rights first, then all that was sent."""
        super().initial(request, *args, **kwargs)
        method = request.method or ""
        handler = getattr(self, method.lower(), None)
        if handler is None or method == "OPTIONS":
            return
        require_address(kwargs)
        self._check_conditions(request, handler)
        if method not in SAFE_METHODS:
            self.given = self._checked_body(request, body_of(handler) or Nothing)
        shape = self.shape_of_query(handler) or Nothing
        self.asked = _checked(shape, self._parameters(request), from_json=False)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer with a problem: in JSON, whatever the view itself answers in."""
        answer = super().handle_exception(exc)
        # Both: where the caller accepts nothing that we have, neither is there yet.
        self.request.accepted_renderer = WholeJsonRenderer()
        self.request.accepted_media_type = WholeJsonRenderer.media_type
        return answer

    def _parameters(self, request: Request) -> dict[str, Any]:
        pages = self.parameters_of_pages() if request.method in SAFE_METHODS else frozenset()
        asked = _single(request.query_params)
        return {name: value for name, value in asked.items() if name not in pages}

    def _check_conditions(self, request: Request, handler: Any) -> None:
        conditional = getattr(handler, "conditional", False) or request.method in SAFE_METHODS
        if "If-Match" in request.headers and not conditional:
            raise PreconditionFailed("This address has no ETag, so If-Match cannot hold.")

    def read(self, request: Request) -> Any:
        """Return what the body holds, after its length was judged. Raises Refused, TooLarge."""
        _check_length(request, self.body_limit_bytes())
        return request.data

    def _checked_body(self, request: Request, shape: type[StrictIn]) -> dict[str, Any]:
        data = self.read(request)
        if isinstance(data, QueryDict):
            return _checked(shape, _single(data), from_json=False)
        return _checked(shape, data, from_json=True)


class StrictList(StrictView, ListAPIView[ModelT]):
    """A list in pages; `filters` are its parameters beside those of pages."""

    filters: ClassVar[Shape] = None
    pagination_class: type[StrictCursor] = CreatedCursor

    def shape_of_query(self, handler: Any) -> Shape:
        """Return the filters for reading, and what a handler of another kind declares."""
        reads = handler.__name__ in {"get", "head"}
        return self.filters if reads else query_of(handler)

    def parameters_of_pages(self) -> frozenset[str]:
        """Return what the cursor reads."""
        return self.pagination_class.parameters()


def _check_length(request: Request, limit_bytes: int) -> None:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not (str(announced).isascii() and str(announced).isdigit()):
        raise Refused("Content-Length is not a number.")
    if int(announced) > limit_bytes:
        raise TooLarge(f"The body has {announced} bytes; at most {limit_bytes} are taken.")
    if announced == "0" and request.META.get("HTTP_TRANSFER_ENCODING"):
        raise Refused("Send the body with a Content-Length.", code="length_required")


def require_address(kwargs: Mapping[str, Any]) -> None:
    """Raise Http404 for names that no row can have and numbers that no column holds."""
    for value in kwargs.values():
        if isinstance(value, int) and abs(value) > strict_json.INTEGER_MAX:
            raise Http404
        if isinstance(value, str) and text.fault(value):
            raise Http404


def _single(values: QueryDict) -> dict[str, Any]:
    for name, found in values.lists():
        if len(found) > 1:
            raise Refused(f"{name}: this is given {len(found)} times.", code="invalid")
        given: list[Any] = list(found)  # files among them, in a form
        text.require_storable({name: [one for one in given if isinstance(one, str)]})
    return {name: values[name] for name in values}


def _checked(shape: type[StrictIn], data: Any, *, from_json: bool) -> dict[str, Any]:
    found = shape(data=data, context={FROM_JSON: from_json})
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)
