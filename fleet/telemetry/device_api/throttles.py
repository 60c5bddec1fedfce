"""How many windows a device may bring, so that a broken or hostile one costs itself and nobody
else.
"""

from typing import Any, Final

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

MINUTE_SECONDS: Final = 60


class WindowThrottle(SimpleRateThrottle):
    """One budget a minute for each device; a backlog waits for its Retry-After."""

    scope = "windows"

    def get_rate(self) -> str:
        """Return the budget from the settings."""
        return f"{settings.EDGEFLEET_TELEMETRY_PER_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return whose budget this request is taken from."""
        return f"throttle:windows:{request.user.pk or self.get_ident(request)}"

    def take(self, request: Request, view: Any, windows: int) -> None:
        """Count more windows of one request, all or none. Raises Throttled beyond the budget."""
        key, now = self.get_cache_key(request, view), self.timer()
        history = [at for at in self.cache.get(key, []) if at > now - MINUTE_SECONDS]
        if len(history) + windows > settings.EDGEFLEET_TELEMETRY_PER_MINUTE:
            raise Throttled(wait=MINUTE_SECONDS)
        self.cache.set(key, [now] * windows + history, MINUTE_SECONDS)
