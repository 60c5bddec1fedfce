"""How often one address may try to join or to open a session: both cost a signature check."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class JoiningThrottle(SimpleRateThrottle):
    """One budget a minute for each address, before anybody is known."""

    scope = "joining"

    def get_rate(self) -> str:
        """Return the budget from the settings."""
        return f"{settings.EDGEFLEET_ENROL_PER_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return whose budget this request is taken from."""
        del view
        return f"throttle:joining:{self.get_ident(request)}"
