"""Enrolment codes: made, used, revoked; and the policy by which a code accepts whom it lets in.

Guarantees: a code joins at most as many devices as it says, and accepts at most as many as it says,
whatever runs at once; only its keyed hash is stored.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from fleet.access import audit
from fleet.devices.labels.query import matches, parse_query
from fleet.devices.labels.rules import checked_labels
from fleet.devices.models import EnrolmentCode
from fleet.devices.models.device import NAME_MAX
from fleet.devices.tokens import secret as bearer
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Forbidden, Refused

HOURS_MAX: Final = 24 * 366
# Also what a device hears that comes without a code and was not registered with its key.
BAD_CODE: Final = "This enrolment code is unknown, expired or used up."
USES_MAX: Final = 100_000  # devices a code


@transaction.atomic
def code_create(
    *,
    name: str,
    by: Actor,
    uses: int = 1,
    hours: int = 24,
    labels: Mapping[str, object] | None = None,
    auto_accept: bool = False,
    accept_query: str = "",
    accept_max: int | None = None,
) -> tuple[EnrolmentCode, str]:
    """Make a code and return it with its secret, which is shown this once. Raises Refused."""
    _check_code(name, uses, hours)
    _check_policy(uses, accept_query, accept_max, accepts=auto_accept)
    secret = bearer.new_secret(bearer.Purpose.CODE)
    code = EnrolmentCode.objects.create(
        name=name,
        digest=bearer.digest(bearer.Purpose.CODE, secret),
        expires_at=clock.now() + timedelta(hours=hours),
        uses=uses,
        uses_left=uses,
        labels=checked_labels(labels or {}),
        auto_accept=auto_accept,
        accept_query=accept_query,
        accept_left=accept_max,
    )
    policy = {"auto_accept": auto_accept, "accept_query": accept_query, "accept_max": accept_max}
    detail = {"name": name, "uses": uses, "hours": hours} | policy
    audit.record(by=by, action="devices.code_create", subject=code.public_id, detail=detail)
    return code, secret


@transaction.atomic
def code_revoke(*, code: EnrolmentCode, by: Actor) -> None:
    """End a code now. Revoking it again changes nothing."""
    live = EnrolmentCode.objects.filter(pk=code.pk, revoked_at=None)
    if compare_and_set(live, revoked_at=clock.now()):
        audit.record(by=by, action="devices.code_revoke", subject=code.public_id)
    code.refresh_from_db()


def code_use(secret: str) -> EnrolmentCode:
    """Take one use. One answer for all that is wrong, so that nobody can probe for codes."""
    code = _code(secret)
    if code is None or not _take(code, "uses_left"):
        raise _bad_code()
    return code


def code_require(secret: str) -> None:
    """Refuse as `code_use` does, and take nothing: whoever holds a code that was good may be told
    why it does not help.
    """
    if _code(secret) is None:
        raise _bad_code()


def code_accepts(code: EnrolmentCode, labels: Mapping[str, str]) -> bool:
    """Tell whether the code's policy accepts a device that label queries see like this. One that is
    accepted counts.
    """
    if not code.auto_accept:
        return False
    if code.accept_query and not matches(parse_query(code.accept_query, labels_only=True), labels):
        return False
    return code.accept_left is None or _take(code, "accept_left")


def _code(secret: str) -> EnrolmentCode | None:
    return EnrolmentCode.objects.filter(
        digest__in=bearer.digests(bearer.Purpose.CODE, secret),
        revoked_at=None,
        expires_at__gt=clock.now(),
    ).first()


def _bad_code() -> Forbidden:
    return Forbidden(BAD_CODE, code="bad_code")


def _take(code: EnrolmentCode, counter: str) -> bool:
    free = EnrolmentCode.objects.filter(pk=code.pk, **{f"{counter}__gt": 0})
    return compare_and_set(free, **{counter: F(counter) - 1})


def _check_code(name: str, uses: int, hours: int) -> None:
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise Refused(f"A code's name has 1 to {NAME_MAX} printable characters.")
    if not 1 <= uses <= USES_MAX:
        raise Refused(f"A code joins 1 to {USES_MAX} devices.")
    if not 1 <= hours <= HOURS_MAX:
        raise Refused(f"A code lives 1 to {HOURS_MAX} hours.")


def _check_policy(uses: int, query: str, most: int | None, *, accepts: bool) -> None:
    if not accepts and (query or most is not None):
        raise Refused("A query or a number of devices to accept needs a code that accepts at once.")
    if query:
        parse_query(query, labels_only=True)
    if most is not None and not 1 <= most <= uses:
        raise Refused(f"A code for {uses} devices accepts 1 to {uses} of them at once.")
