"""How often one caller may ask, so that a runaway script slows itself and nobody else.

One counter a caller and minute in Django's cache: two cheap operations a request, whatever the
budget. All processes count together: in Redis, or in the file of the embedded default.
"""

from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from fleet.access.accounts.actors import actor_of
from fleet.lib import clock
from fleet.lib.errors import Unauthenticated

WINDOW_SECONDS: Final = 60


class CallerThrottle(BaseThrottle):
    """One budget a minute for each token, user, device, or address of an anonymous caller."""

    _wait: float | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and tell whether it is within the budget."""
        del view
        minute, second = divmod(clock.now().timestamp(), WINDOW_SECONDS)
        self._wait = WINDOW_SECONDS - second
        key = f"throttle:{self._caller(request)}:{int(minute)}"
        return _counted(key) <= settings.EDGEFLEET_API_PER_MINUTE

    def wait(self) -> float | None:
        """Return the seconds until the next budget begins."""
        return self._wait

    def _caller(self, request: Request) -> str:
        try:
            actor = actor_of(request)
        except Unauthenticated:
            return f"address:{self.get_ident(request)}"
        return f"{actor.kind}:{actor.id}"


def _counted(key: str) -> int:
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:  # the cache threw it out between the two calls
        return 1
