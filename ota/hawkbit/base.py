"""What every view of the Management API shares: the setting, the credential, framing and errors.

* Nothing is there unless `EDGEFLEET_MANAGEMENT_API` allows it.
* Basic authentication with an API token in the place of the password; its scopes decide.
* Unknown members of bodies are ignored, as hawkBit does; those that are read are checked.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.models import ApiToken
from fleet.access.rest.authentication import owner_of_secret
from fleet.access.rest.permissions import scopes_of_request
from fleet.devices.device_api.answers import AnyType, hawkbit_problem, json_answer
from fleet.devices.device_api.body import json_body
from fleet.lib.errors import Forbidden, NotFound, Refused
from fleet.lib.rest.problems import problem_handler
from fleet.lib.rest.views import require_address

BODY_MAX: Final = 1024 * 1024  # bytes of a JSON body
LIST_MAX: Final = 100  # objects in one call
PAGE_MAX: Final = 500  # rows of an answer
PAGE: Final = 50
REALM: Final = 'Basic realm="edgefleet"'


class BasicToken(BaseAuthentication):
    """`Authorization: Basic …`: the user's name, and one of the user's API tokens."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the owner and the token; None where nothing of the kind was sent."""
        scheme, _, encoded = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"basic":
            return None
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise AuthenticationFailed("This credential cannot be read.") from error
        owner, token = owner_of_secret(secret)
        # hawkBit's clients may put the tenant before the name.
        if name.rpartition("\\")[2] != owner.get_username():
            raise AuthenticationFailed("This token is not known here.")
        return owner, token

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        del request
        return REALM


def management_errors(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return an error in the members that hawkBit's tools show."""
    found = problem_handler(error, context)
    return None if found is None else hawkbit_problem(error, found)


@extend_schema(exclude=True)
class ManagementView(APIView):
    """A call of a tool of hawkBit."""

    authentication_classes = (BasicToken,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AnyType
    scope = "ota"

    def get_exception_handler(self) -> Any:
        """Return this API's own error bodies."""
        return management_errors

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before all else: the API has to be allowed, and the address has to be possible."""
        if not settings.EDGEFLEET_MANAGEMENT_API:
            raise NotFound("The Management API is switched off.")
        super().initial(request, *args, **kwargs)
        require_address(kwargs)

    def require(self, scope: str) -> None:
        """Raise Forbidden where the token lacks a scope that only some calls need."""
        if scope not in scopes_of_request(self.request):
            raise Forbidden(f"This needs the scope {scope}, which you do not have.")

    def object(self, request: Request, what: str) -> Mapping[str, Any]:
        """Return the JSON object of the body. Raises Refused, TooLarge."""
        value = json_body(request, limit_bytes=BODY_MAX, what=what)
        if not isinstance(value, dict):
            raise Refused(f"{what} must be a JSON object.")
        return value

    def objects(self, request: Request, what: str) -> list[Mapping[str, Any]]:
        """Return the JSON objects of the body: one, or a list of them."""
        value = json_body(request, limit_bytes=BODY_MAX, what=what)
        found = value if isinstance(value, list) else [value]
        if not 1 <= len(found) <= LIST_MAX or not all(isinstance(each, dict) for each in found):
            raise Refused(f"{what} must be a list of 1 to {LIST_MAX} JSON objects.")
        return cast("list[Mapping[str, Any]]", found)

    def link(self, path: str) -> dict[str, str]:
        """Return a HAL link on the host that was called."""
        return {"href": self.request.build_absolute_uri(f"/rest/v1/{path}")}

    def page(self, request: Request, rows: Any, dump: Any) -> HttpResponse:
        """Answer with a page of a list; `rows` is a queryset."""
        offset, limit = _number(request, "offset", 0), _number(request, "limit", PAGE)
        total = rows.count()
        content = [dump(row) for row in rows[offset : offset + min(limit, PAGE_MAX)]]
        return json_answer({"content": content, "total": total, "size": len(content)})


def text(data: Mapping[str, Any], key: str, *, limit: int, default: str | None = None) -> str:
    """Return a text of a body. Raises Refused where it is missing or too long."""
    value = data.get(key, default)
    if value is None and default is not None:
        value = default
    if not isinstance(value, str) or not (value or default is not None):
        raise Refused(f"'{key}' must be a text.")
    if len(value) > limit:
        raise Refused(f"'{key}' has {len(value)} characters; at most {limit} are accepted.")
    return value


def numbers(items: Sequence[Any], what: str) -> list[int]:
    """Return the ids of `[{"id": 1}, …]`. Raises Refused."""
    found = [each.get("id") if isinstance(each, dict) else None for each in items]
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in found):
        raise Refused(f"{what} must be a list of objects with an 'id'.")
    return cast("list[int]", found)


def milliseconds(moment: Any) -> int | None:
    """Return a time as hawkBit writes it."""
    return None if moment is None else int(moment.timestamp() * 1000)


def created(body: list[Any] | Mapping[str, Any]) -> HttpResponse:
    """Answer a creation."""
    return json_answer(body, status=201)


def done() -> Response:
    """Answer what leaves nothing to say."""
    return Response(status=200)


def _number(request: Request, name: str, default: int) -> int:
    word = request.query_params.get(name, str(default))
    if not word.isascii() or not word.isdigit() or len(word) > 9:
        raise Refused(f"'{name}' must be a whole number.")
    return int(word)
