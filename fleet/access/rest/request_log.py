"""One line for each request: its id, the caller, what was asked for, the answer, how long it took,
what failed.

Guarantees: the id is in the line, in the header `X-Request-ID` and in problem details, and in the
lines of tasks that the request has started; every 500 is logged with its exception and counted by
route; asking who it was costs no query; neither the query nor the body of a request is logged.
"""

import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from django.core.signals import got_request_exception
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject
from rest_framework.throttling import BaseThrottle

from fleet.access.accounts.actors import actor_of
from fleet.lib import logs, measures
from fleet.lib.errors import Unauthenticated

log = logging.getLogger(__name__)

HEADER: Final = "X-Request-ID"
# Probes and files of pages would drown what people look for.
QUIET: Final = ("/livez", "/readyz", "/metrics", "/static/")
SERVER_ERROR: Final = 500
PATH_MAX: Final = 300  # characters

Handler = Callable[[HttpRequest], HttpResponseBase]


def request_log(get_response: Handler) -> Handler:
    """Middleware, the outermost."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        number = logs.new_id(request.headers.get(HEADER, ""))
        what = f"{request.method} {request.path[:PATH_MAX]}"
        with logs.bound(request_id=number, what=what):
            response = get_response(request)
            response.headers[HEADER] = number
            _log_answer(request, response, time.perf_counter() - began)
        return response

    return answer


def note_failure(sender: Any, request: HttpRequest | None = None, **_: Any) -> None:
    """Keep the exception that becomes a 500, for the line."""
    del sender
    if request is not None:
        request.failure = sys.exc_info()[1]  # type: ignore[attr-defined]


def _log_answer(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    status = response.status_code
    match = request.resolver_match
    route = f"/{match.route}" if match and match.route else "none"
    measures.answered(route, request.method or "", status, seconds)
    level = logging.DEBUG if request.path.startswith(QUIET) else logging.INFO
    if status >= SERVER_ERROR:
        level = logging.ERROR
    if not log.isEnabledFor(level):
        return
    fields = {"status": status, "ms": round(seconds * 1000, 1), "who": _who(request)}
    fields |= {"route": route, "address": BaseThrottle().get_ident(request)}  # type: ignore[arg-type]
    told = getattr(response, "failure", None) or getattr(request, "failure", None)
    failure = told if status >= SERVER_ERROR else None
    log.log(level, "answered", extra={"fields": fields}, exc_info=failure)


def _who(request: HttpRequest) -> str:
    """Return the caller, as far as it is known already."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):
        request.user = request.__dict__.get("_cached_user")  # type: ignore[assignment]
    try:
        actor = actor_of(request)
    except (Unauthenticated, AttributeError):
        return "nobody"
    return f"{actor.kind}/{actor.id}"


got_request_exception.connect(note_failure, dispatch_uid="fleet.access.rest.request_log")
