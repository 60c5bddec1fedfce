"""Scopes and roles as data: what a role may do is a row of a table that can be read aloud.

Guarantees: every scope is also a Django permission (`registry.read` is `access.registry_read`), so
that the REST API, the console and the admin ask the same rows. Four roles exist; each is a Django
group of the same name.
"""

from collections.abc import Mapping
from typing import Final

AREAS: Final = ("access", "registry", "builds", "devices", "telemetry", "ota")

SCOPES: Final[Mapping[str, str]] = {
    **{f"{area}.read": f"May read {area}" for area in AREAS},
    **{f"{area}.write": f"May change {area}" for area in AREAS},
    "access.metrics": "May read the service's own metrics",
    "access.tokens": "May make and revoke own API tokens",
    "ota.approve": "May approve releases",
    "ota.check": "May answer checks of rollouts",
}

_READ: Final = frozenset(f"{area}.read" for area in AREAS) | {"access.tokens"}

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "viewer": _READ,
    "engineer": _READ | {"registry.write", "builds.write"},
    "operator": _READ
    | {"ota.write", "ota.approve", "ota.check", "devices.write", "telemetry.write"},
    "admin": frozenset(SCOPES),
}

# Applications whose rows every role may look at in the admin.
VIEWABLE_APPS: Final = frozenset(AREAS)


def codename(scope: str) -> str:
    """Return the permission codename of `scope`: `ota.approve` is `ota_approve`."""
    return scope.replace(".", "_")


def permission(scope: str) -> str:
    """Return the name that Django's `has_perm` takes for `scope`."""
    return f"access.{codename(scope)}"


def scopes_among(permissions: frozenset[str]) -> frozenset[str]:
    """Return the scopes that a set of Django permission names amounts to."""
    return frozenset(scope for scope in SCOPES if permission(scope) in permissions)
