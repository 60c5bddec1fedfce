"""What the pages of signing in need beside their own: the console's frame, and a title."""

from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest

BELOW: Final = ("/console/login/", "/console/account/")
TITLE: Final = "Signing in"


def account_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame for a page of signing in, nothing for any other (a context processor)."""
    if not request.path.startswith(BELOW):
        return {}
    issuer = settings.EDGEFLEET_OIDC_ISSUER and settings.EDGEFLEET_OIDC_NAME
    return admin.site.each_context(request) | {"title": TITLE, "single_sign_on": issuer}
