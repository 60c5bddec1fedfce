"""Signing in with a password: Django's own way, with a limit on guessing.

Guarantees: after `FAILURES_MAX` wrong passwords for one name from one address, or
`NAME_FAILURES_MAX` for one name from anywhere, that pair or name is not even tried for the rest of
the window, so that neither one machine nor many can guess on. A right password within the limit
clears the pair. The counters live in Django's cache; who is locked out sees the same answer as for
a wrong password.
"""

from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from fleet.lib.hashing import sha256_hex

FAILURES_MAX: Final = 10  # from one address
NAME_FAILURES_MAX: Final = 100  # from all addresses
WINDOW_SECONDS: Final = 15 * 60


class GuardedBackend(ModelBackend):
    """Django's model backend behind two counters."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the user for a right password. Raises PermissionDenied while locked out."""
        pair, name = _keys(request, username or "")
        if cache.get(pair, 0) >= FAILURES_MAX or cache.get(name, 0) >= NAME_FAILURES_MAX:
            raise PermissionDenied
        found = super().authenticate(request, username=username, password=password, **kwargs)
        if found is None:
            _count(pair)
            _count(name)
            return None
        cache.delete(pair)
        assert isinstance(found, User)  # noqa: S101 - the project's user model
        return found


def _keys(request: HttpRequest | None, username: str) -> tuple[str, str]:
    address = request.META.get("REMOTE_ADDR", "") if request else ""
    name = sha256_hex(username.casefold().encode())  # cache keys take no spaces
    return f"login:{address}:{name}", f"login:{name}"


def _count(key: str) -> None:
    cache.add(key, 0, timeout=WINDOW_SECONDS)
    try:
        cache.incr(key)
    except ValueError:  # it ran out between the two calls
        cache.add(key, 1, timeout=WINDOW_SECONDS)
