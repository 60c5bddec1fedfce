"""Answers to devices, without the headers that only browsers read: small clients have a buffer of
640 bytes for all of them.
"""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

FOR_BROWSERS: Final = (
    "Allow",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "Vary",
    "X-Frame-Options",
)
MARK: Final = "for_device"

Handler = Callable[[HttpRequest], HttpResponseBase]


def device_answers(get_response: Handler) -> Handler:
    """Middleware, outside of those that set such headers."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if getattr(response, MARK, False):
            for name in FOR_BROWSERS:
                response.headers.pop(name, None)
        return response

    return answer


def mark_for_device(response: HttpResponseBase) -> None:
    """Say that a device reads this answer."""
    setattr(response, MARK, True)
