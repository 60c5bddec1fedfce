"""How often one caller may ask, so that a runaway script slows itself and nobody else.

The count is kept in Django's cache: per process with the embedded default, for the whole service
with a shared cache.
"""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from fleet.access.actors import actor_of
from fleet.lib.errors import Unauthenticated


class CallerThrottle(SimpleRateThrottle):
    """One budget a minute for each token, user, device, or address of an anonymous caller."""

    scope = "caller"

    def get_rate(self) -> str:
        """Return the budget from the settings."""
        return f"{settings.EDGEFLEET_API_PER_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return whose budget this request is taken from."""
        del view
        try:
            actor = actor_of(request)
        except Unauthenticated:
            return f"throttle:address:{self.get_ident(request)}"
        return f"throttle:{actor.kind}:{actor.id}"
