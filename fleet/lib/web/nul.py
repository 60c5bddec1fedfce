"""Addresses that no database can look up are answered at the door."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase

from fleet.lib.rest import plain_errors

NUL: Final = "\0"
SENTENCE: Final = "An address holds no NUL."


def refuse_nul(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: PostgreSQL has no text with NUL, and would fail on the question itself."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if NUL in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return _refusal(request)
        return get_response(request)

    return answer


def _refusal(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith(plain_errors.API):
        return plain_errors.answer(HTTPStatus.BAD_REQUEST, SENTENCE, code="refused")
    return HttpResponseBadRequest(f"{SENTENCE}\n", content_type="text/plain")
