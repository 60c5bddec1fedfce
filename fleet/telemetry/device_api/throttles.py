"""How many windows a device may bring, so that a broken or hostile one costs itself and nobody
else.
"""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class WindowThrottle(SimpleRateThrottle):
    """One budget a minute for each device; a backlog waits for its Retry-After."""

    scope = "windows"

    def get_rate(self) -> str:
        """Return the budget from the settings."""
        return f"{settings.EDGEFLEET_TELEMETRY_PER_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return whose budget this request is taken from."""
        return f"throttle:windows:{request.user.pk or self.get_ident(request)}"
