"""Where a request comes from, behind as many proxies as are set."""

from typing import Final

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

ADDRESS_MAX: Final = 64  # characters


def address_of(request: HttpRequest | None) -> str:
    """Return the caller's address, by DRF's rule for `EDGEFLEET_PROXIES`.

    With a proxy's own address, anybody could lock all out.
    """
    found = BaseThrottle().get_ident(Request(request)) if request else None
    return (found or "")[:ADDRESS_MAX]
