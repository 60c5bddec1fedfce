"""Errors outside of any REST view: problem details under `/api/`, Django's pages elsewhere."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from fleet.lib.rest.problems import document
from fleet.lib.rest.refusals import PROBLEM_JSON

API: Final = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    return answer(HTTPStatus.BAD_REQUEST, "The request cannot be read.", code="refused")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 to an address without a view."""
    if not request.path.startswith(API):
        return defaults.page_not_found(request, exception)
    hint = "" if request.path.endswith("/") else " Addresses end in a slash."
    return answer(HTTPStatus.NOT_FOUND, f"There is no such address.{hint}", code="not_found")


def answer(status: HTTPStatus, detail: str, *, code: str) -> HttpResponse:
    """Return problem details."""
    body = document(status, detail, code=code)
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON)
