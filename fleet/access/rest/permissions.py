"""The one permission class: a view names its area, the method decides between reading and writing.

Guarantees: a view that names no scope is closed to everybody. A token has at most what its owner
has now. A token for one model and one verb (trusted publishing) makes the calls of that verb alone.
"""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from fleet.access.models import ApiToken
from fleet.access.rules.verbs import allows
from fleet.access.selectors import scopes_of


def scopes_of_request(request: Request) -> frozenset[str]:
    """Return what the caller may do: the user's scopes, cut down to those of the token if one is
    used.
    """
    scopes = scopes_of(request.user)
    return scopes & request.auth.granted() if isinstance(request.auth, ApiToken) else scopes


def scope_needed(view: Any, method: str) -> str | None:
    """Return the scope for `method` on `view`: `scope = "ota"` asks for `ota.read` or `ota.write`.

    `read_scope` and `write_scope` on the view name another one.
    """
    kind = "read" if method in SAFE_METHODS else "write"
    area = getattr(view, "scope", None)
    return getattr(view, f"{kind}_scope", None) or (f"{area}.{kind}" if area else None)


class Scoped(BasePermission):
    """The default of every REST view."""

    message = "You may not do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller has the scope that the view needs."""
        needed = scope_needed(view, request.method or "")
        if needed is None:
            self.message = "This view names no scope, so nobody may use it."
            return False
        if not _bond_allows(request, view):
            self.message = "This token is for one model and one verb; this call is neither."
            return False
        self.message = f"This needs the scope {needed}, which you do not have."
        return needed in scopes_of_request(request)


def _bond_allows(request: Request, view: Any) -> bool:
    """Tell whether a token that is bound to a model and a verb may make this call."""
    token = request.auth
    if not isinstance(token, ApiToken) or not token.verb:
        return True
    match = request.resolver_match
    route = (match.url_name if match else None) or ""
    named = view.kwargs.get("name")
    return allows(token.verb, token.model, request.method or "", route, named)
