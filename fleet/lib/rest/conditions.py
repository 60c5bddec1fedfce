"""`ETag`, `If-Match` and `If-None-Match: *` for what people edit.

The tag is over the members that people edit, not over those that move by themselves (when a device
was seen last), so it changes when an edit would be lost and at no other time. The condition and the
change are one transaction.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Final, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.lib.errors import PreconditionFailed, PreconditionRequired, Unprocessable
from fleet.lib.hashing import sha256_hex
from fleet.lib.rest.views import StrictView

SHOWING: Final = frozenset({"GET", "HEAD", "PUT", "PATCH"})  # OPTIONS tells of the view
TAG_LENGTH: Final = 32  # hexadecimal digits
HandlerT = TypeVar("HandlerT", bound=Callable[..., Response])


class EditedView(StrictView):
    """One thing that people edit. Its GET, PUT and PATCH answer with an ETag."""

    edited: ClassVar[tuple[str, ...]]  # the members of the answer that the tag is over

    def shown(self) -> dict[str, Any]:
        """Return the answer as it stands now. Raises NotFound."""
        raise NotImplementedError

    def row(self) -> QuerySet[Any]:
        """Return the row that a change of it locks."""
        raise NotImplementedError

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the ETag to every answer that shows the thing."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        data = getattr(answer, "data", None)
        shows = request.method in SHOWING and answer.status_code < 300
        if shows and isinstance(data, dict):
            answer["ETag"] = self.tag(data)
        return answer

    def tag(self, data: dict[str, Any]) -> str:
        """Return the strong entity tag of an answer."""
        seen = {name: data[name] for name in self.edited}
        digest = sha256_hex(json.dumps(seen, sort_keys=True, default=str).encode())
        return f'"{digest[:TAG_LENGTH]}"'


def conditional(handler: HandlerT) -> HandlerT:
    """Make a handler of an `EditedView` honour `If-Match` and `If-None-Match: *`."""

    @wraps(handler)
    def call(view: EditedView, request: Request, *args: Any, **kwargs: Any) -> Response:
        match, none_match = (request.headers.get(name) for name in ("If-Match", "If-None-Match"))
        if match is None and none_match is None:
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            # Without the lock, PostgreSQL would let another change in between look and write.
            exists = view.row().select_for_update(of=("self",)).first() is not None
            now = view.tag(view.shown()) if exists else None
            _require(match, none_match, now)
            return handler(view, request, *args, **kwargs)

    call.conditional = True  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def match_required(request: Request) -> None:
    """Refuse what cannot be undone unless it says what it saw. Raises PreconditionRequired."""
    if "If-Match" not in request.headers:
        raise PreconditionRequired(
            "This cannot be undone: send If-Match with the ETag that you read."
        )


def _require(match: str | None, none_match: str | None, now: str | None) -> None:
    if match is not None and not _names(match, now):
        raise PreconditionFailed(
            "It was changed since you read it: read it again.", extra={"etag": now}
        )
    if none_match is not None:
        if none_match.strip() != "*":
            raise Unprocessable("Of If-None-Match, a change takes * only: it must not exist yet.")
        if now is not None:
            raise PreconditionFailed("It is there already.", extra={"etag": now})


def _names(match: str, now: str | None) -> bool:
    """Tell whether tags include the current one; a weak tag never does (RFC 9110 13.1.1)."""
    if now is None:
        return False
    return match.strip() == "*" or now in [tag.strip() for tag in match.split(",")]
