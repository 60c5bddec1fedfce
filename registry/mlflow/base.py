"""What every view for MLflow's client shares: strict bodies as everywhere, and its error members.

* Members that the client sends and nothing here needs are named in `unread`; others are refused.
* A `POST` that only reads is marked by `ReadingView`, so that a viewer's token may call it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.response import Response

from fleet.lib.errors import FleetError, Forbidden
from fleet.lib.rest.problems import problem_handler
from fleet.lib.rest.strict import StrictIn
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictView

BODY_MAX: Final = 4 * 1024 * 1024  # bytes: a thousand metrics with long names
# The client knows errors by these words.
WORDS: Final[Mapping[int, str]] = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "ENDPOINT_NOT_FOUND",
    409: "INVALID_STATE",
    429: "REQUEST_LIMIT_EXCEEDED",
    503: "TEMPORARILY_UNAVAILABLE",
}
TAKEN: Final = frozenset({"exists", "duplicate"})


class AnyAnswer(BaseContentNegotiation):
    """The client accepts anything, and gets JSON."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return the first parser."""
        del request
        return next(iter(parsers))

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the first renderer."""
        del request, format_suffix
        return next(iter(renderers)), "application/json"


class ClientIn(StrictIn):
    """A body of the client; `unread` members are left out before the rest is checked."""

    unread: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the checked members."""
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if name not in self.unread}
        return super().to_internal_value(data)


class WhateverIn(ClientIn):
    """A body that is not looked at."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return nothing."""
        del data
        return {}


@extend_schema(exclude=True)
class ClientView(StrictView):
    """A call of MLflow's client."""

    scope = "registry"
    content_negotiation_class = AnyAnswer

    def body_limit_bytes(self) -> int:
        """Return the largest body that is read."""
        return BODY_MAX

    def get_exception_handler(self) -> Any:
        """Return the client's own error members, beside those of a problem."""
        return client_errors


class ReadingView(ClientView):
    """A `POST` that changes nothing."""

    write_scope = "registry.read"


class Absent(ClientView):
    """What MLflow's server does and this one does not, on purpose."""

    why = "Models and versions stay: what devices may run is never renamed, staged or deleted here."

    @takes(WhateverIn)
    def post(self, request: Any) -> Response:
        """Refuse with the reason."""
        raise Forbidden(self.why, code="not_here")

    patch = delete = post


def client_errors(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return a problem with the members that the client reads."""
    found = problem_handler(error, context)
    if found is None:
        return None
    word = WORDS.get(found.status_code, "INVALID_PARAMETER_VALUE")
    if isinstance(error, FleetError) and error.reason in TAKEN:
        word = "RESOURCE_ALREADY_EXISTS"
        found.status_code = 400
    found.data = {"error_code": word, "message": found.data["detail"]} | dict(found.data)
    return found


def said(limit: int, **more: Any) -> serializers.CharField:
    """A text of the client, kept as it was sent."""
    blank: dict[str, Any] = {"allow_blank": True, "trim_whitespace": False}
    return serializers.CharField(max_length=limit, **blank | more)


def maybe(limit: int) -> serializers.CharField:
    """A text that may be missing or null."""
    return said(limit, required=False, allow_null=True)
