"""Signing in with a password: Django's own way, with a limit on guessing.

Guarantees: after `FAILURES_MAX` wrong passwords for one name from one address, or
`NAME_FAILURES_MAX` for one name from anywhere, that pair or name is not even tried for the rest of
the window, so that neither one machine nor many can guess on. A right password within the limit
clears the pair. The counters live in Django's cache; who is locked out sees the same answer as for
a wrong password. Behind proxies, the address is the one that they name. That somebody was refused
is in the audit log; that somebody came in is noted when all factors were right.
"""

from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from fleet.access.accounts import signin_log as signins
from fleet.access.accounts.addresses import address_of
from fleet.lib.hashing import sha256_hex

FAILURES_MAX: Final = 10  # from one address
NAME_FAILURES_MAX: Final = 100  # from all addresses


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
        username, address = username or "", address_of(request)
        pair, name = _keys(username, address)
        if cache.get(pair, 0) >= FAILURES_MAX or cache.get(name, 0) >= NAME_FAILURES_MAX:
            raise PermissionDenied
        found = super().authenticate(request, username=username, password=password, **kwargs)
        if found is None:
            _refused(username, address)
            return None
        cache.delete(pair)
        assert isinstance(found, User)  # noqa: S101 - the project's user model
        return found


def _refused(username: str, address: str) -> None:
    pair, name = _keys(username, address)
    failures = signins.counted(pair)
    signins.refused(username, address, failures)
    if failures == FAILURES_MAX:
        signins.locked(username, address)
    if signins.counted(name) == NAME_FAILURES_MAX:
        signins.locked(username, "")


def _keys(username: str, address: str) -> tuple[str, str]:
    name = username.casefold()
    # Hashed, for cache keys take no spaces.
    return f"login:{sha256_hex(f'{address} {name}'.encode())}", f"login:{sha256_hex(name.encode())}"
