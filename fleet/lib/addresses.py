"""Addresses that no database can look up are answered at the door."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase

NUL: Final = "\0"


def refuse_nul(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: PostgreSQL has no text with NUL, and would fail on the question itself."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if NUL in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return _refusal()
        return get_response(request)

    return answer


def _refusal() -> HttpResponse:
    return HttpResponseBadRequest("An address holds no NUL.\n", content_type="text/plain")
