"""RFC 9457 problem details for every error of every view.

Guarantees: every error body is `application/problem+json` with `type`, `title`, `status`, `detail`
and `code`, and an unexpected error tells nothing of the inside.
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from fleet.lib import logs
from fleet.lib.errors import FleetError
from fleet.lib.rest.refusals import PROBLEM_JSON


def document(status: int, detail: str, *, code: str) -> dict[str, Any]:
    """Return the members that every problem has."""
    return {
        "type": f"urn:edgefleet:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }


def problem(
    status: int, detail: str, *, code: str, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """Return problem details (RFC 9457) with a stable `code` and one sentence in `detail`."""
    body = document(status, detail, code=code) | extra
    if number := logs.request_id():
        body["request_id"] = number  # the log has its line
    return Response(body, status=status, headers=headers, content_type=PROBLEM_JSON)


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: known errors become problems, unknown ones stay exceptions (a plain
    500).
    """
    del context
    response = _as_problem(error)
    if response is not None:
        set_rollback()
        response.failure = error  # type: ignore[attr-defined]  # for the line of the log
    return response


def _as_problem(error: Exception) -> Response | None:
    match error:
        case FleetError():
            return problem(
                error.http_status,
                error.message,
                code=error.reason,
                headers=_retry_after(error.extra.get("retry_after_seconds")),
                **error.extra,
            )
        case Http404():
            return problem(404, "There is nothing here.", code="not_found")
        case PermissionDenied():
            return problem(403, "You may not do this.", code="forbidden")
        case RequestDataTooBig():
            return problem(413, "The body is too large.", code="too_large")
        case SuspiciousOperation() | MultiPartParserError():
            return problem(400, "The body cannot be read as a form.", code="parse_error")
        case exceptions.ValidationError():
            detail, fields = _validation(error.detail)
            return problem(400, detail, code="invalid", fields=fields)
        case exceptions.APIException():
            return _api_exception(error)
    return None


def _api_exception(error: exceptions.APIException) -> Response:
    headers = _retry_after(getattr(error, "wait", None))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    code = str(error.default_code)
    return problem(error.status_code, str(error.detail), code=code, headers=headers)


def _retry_after(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(int(seconds) + 1)}


def _validation(detail: Any) -> tuple[str, dict[str, Any]]:
    """Return one sentence that names the first wrong field, and all of them for programs."""
    fields = detail if isinstance(detail, dict) else {"body": detail}
    name, messages = next(iter(fields.items()))
    while isinstance(messages, dict | list) and messages:
        messages = next(iter(messages.values())) if isinstance(messages, dict) else messages[0]
    return f"{name}: {messages}", fields
