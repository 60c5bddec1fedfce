"""Sign-ins in the audit log: sign-ins, sign-outs, and that an attempt was refused.

Guarantees: each success and each sign-out is one entry. Of refusals, the first of a name from an
address and the one that locks it are entries, `LISTED_MAX` of them a window at most, and the last
of these says that more are not listed: guessing does not fill the log. A name that belongs to no
user is not kept: it may be a password in the wrong field.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction

from fleet.access import audit
from fleet.access.accounts.actors import actor_of_user
from fleet.access.models import ApiToken
from fleet.lib.actor import Actor, system

WINDOW_SECONDS: Final = 15 * 60
LISTED_MAX: Final = 50  # refusals a window, of all names and addresses together
TOKEN_QUIET_SECONDS: Final = 60 * 60  # until the same refused token is an entry again
DOOR: Final = system("sign-in")
_LISTED: Final = "signins:listed"


def signed_in(user: User, address: str, by: Sequence[str]) -> None:
    """Note that a user has come in; `by` names the factors, such as `password` and `totp`."""
    detail = {"address": address, "by": list(by)}
    _record(actor_of_user(user), "login", f"user:{user.pk}", detail)


def factor_changed(user: User, what: str, kind: str, by: Actor | None = None) -> None:
    """Note that a second factor was `added`, `removed` or `reset`; `kind` is `totp`, `webauthn` or
    `recovery_codes`, `by` somebody other than the user.
    """
    _record(by or actor_of_user(user), f"factor_{what}", f"user:{user.pk}", {"kind": kind})


def factor_refused(user: User, address: str) -> None:
    """Note the first wrong code of a user from an address: the password was right."""
    if counted(f"signins:factor:{user.pk}:{address}") == 1:
        _listed("factor_failed", user.get_username(), {"address": address})


def roles_given(user: User, roles: Sequence[str], issuer: str) -> None:
    """Note that single sign-on gave a user other roles than before."""
    detail = {"roles": sorted(roles), "issuer": issuer}
    _record(DOOR, "roles_mapped", f"user:{user.pk}", detail)


def signed_out(sender: Any, request: Any, user: User | None, **_: Any) -> None:
    """Note that a user has left; Django tells also of sessions that had no user."""
    del sender, request
    if isinstance(user, User):
        _record(actor_of_user(user), "logout", f"user:{user.pk}", {})


def refused(username: str, address: str, failures: int) -> None:
    """Note the first wrong password of a name from an address."""
    if failures == 1:
        _listed("login_failed", username, {"address": address})


def locked(username: str, address: str) -> None:
    """Note that a name is tried no more; `address` is empty where that holds from everywhere."""
    _listed("login_locked", username, {"address": address})


def token_refused(token: ApiToken, state: str) -> None:
    """Note, once in a while, that an expired or revoked token is still in use."""
    if cache.add(f"signins:token:{token.pk}", 1, timeout=TOKEN_QUIET_SECONDS):
        _record(DOOR, "token_refused", token.public_id, {"name": token.name, "state": state})


def counted(key: str) -> int:
    """Count for a window, and return the count."""
    cache.add(key, 0, timeout=WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two calls
        cache.add(key, 1, timeout=WINDOW_SECONDS)
        return 1


def _listed(what: str, username: str, detail: dict[str, Any]) -> None:
    number = counted(_LISTED)
    if number > LISTED_MAX:
        return
    pk = User.objects.filter(username=username).values_list("pk", flat=True).first()
    subject = "user:unknown" if pk is None else f"user:{pk}"
    _record(DOOR, what, subject, detail | {"more_are_not_listed": number == LISTED_MAX})


def _record(by: Actor, what: str, subject: str, detail: dict[str, Any]) -> None:
    with transaction.atomic():
        audit.record(by=by, action=f"access.{what}", subject=subject, detail=detail)
