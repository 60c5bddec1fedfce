"""Target tokens and gateway tokens: made, used, followed by another, retired.

Guarantees: a secret is shown once and stored as a keyed hash; a holder has at most two good tokens,
the newest and the one before; that one ends when the newest is used first, when an operator retires
it, or after `EDGEFLEET_TOKEN_OVERLAP_DAYS`, whichever is sooner; every change is in the audit log.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from fleet.access import audit
from fleet.devices.choices import DeviceState, EventKind
from fleet.devices.models import ClientToken, Device, Group
from fleet.devices.services import device_event
from fleet.devices.tokens import secret as bearer
from fleet.devices.tokens.secret import Purpose
from fleet.lib import clock
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Stale

Holder = Device | Group
SECRET_MIN: Final = 16  # characters of one that was not made here
LABEL_MAX: Final = 200  # characters of the name of the person who made a token


def token_issue(*, holder: Holder, by: Actor, secret: str | None = None) -> tuple[ClientToken, str]:
    """Make a token and return it with its secret, which is shown this once. A secret that a
    management client brings is taken as it is.

    Raises Conflict while two are good already, Stale when another call makes one at the same
    moment, Refused for a secret that is too short to be one.
    """
    if secret is not None and not SECRET_MIN <= len(secret) <= bearer.SECRET_MAX:
        raise Refused(f"A secret has {SECRET_MIN} to {bearer.SECRET_MAX} characters.")
    if isinstance(holder, Device) and holder.state == DeviceState.DECOMMISSIONED:
        raise Conflict("A decommissioned device gets no token.")
    try:
        return _issue(holder, by, secret)
    except IntegrityError as error:
        raise Stale("Somebody else made a token first.") from error


@transaction.atomic
def token_retire(*, token: ClientToken, by: Actor) -> ClientToken:
    """End a token now. Retiring it again changes nothing."""
    if _end(ClientToken.objects.filter(pk=token.pk)):
        _record_token(token, "retired", by)
    token.refresh_from_db()
    return token


def token_of(purpose: Purpose, secret: str) -> ClientToken | None:
    """Return the good token with this secret and its holder, in one indexed read."""
    rows = _good(ClientToken.objects.filter(digest__in=bearer.digests(purpose, secret)))
    if purpose is Purpose.TARGET_TOKEN:
        return rows.filter(device__isnull=False).select_related("device").first()
    return rows.filter(group__isnull=False).select_related("group").first()


def token_used(token: ClientToken) -> None:
    """Note the first use of a token: the one before it ends. Later uses write nothing."""
    if not token.used:
        _first_use(token)


@transaction.atomic
def _first_use(token: ClientToken) -> None:
    if not compare_and_set(ClientToken.objects.filter(pk=token.pk, used=False), used=True):
        return
    token.used = True
    by = Actor(ActorKind.SYSTEM, "tokens", "the first use of the newer token")
    for older in _good(_of_same_holder(token).exclude(pk=token.pk)) if token.newest else ():
        if _end(ClientToken.objects.filter(pk=older.pk)):
            _record_token(older, "retired", by)


@transaction.atomic
def _issue(holder: Holder, by: Actor, given: str | None) -> tuple[ClientToken, str]:
    held = {"device": holder} if isinstance(holder, Device) else {"group": holder}
    rows = ClientToken.objects.filter(**held)
    before = rows.filter(newest=True).first()
    if _good(rows.filter(newest=False)).exists() and before is not None:
        raise Conflict("Two tokens are good already: retire one of them first.", code="two_tokens")
    if before is not None:
        overlap = timedelta(days=settings.EDGEFLEET_TOKEN_OVERLAP_DAYS)
        newest = ClientToken.objects.filter(pk=before.pk, newest=True)
        if not compare_and_set(newest, newest=False, ends_at=clock.now() + overlap):
            raise Stale("Somebody else made a token first.")
    purpose = Purpose.TARGET_TOKEN if isinstance(holder, Device) else Purpose.GATEWAY_TOKEN
    secret = given or bearer.new_secret(purpose)
    token = ClientToken.objects.create(
        **held, digest=bearer.digest(purpose, secret), made_by=by.label[:LABEL_MAX]
    )
    _record_token(token, "made", by)
    return token, secret


def _end(row: QuerySet[ClientToken]) -> bool:
    return compare_and_set(_good(row), newest=False, ends_at=clock.now())


def _good(rows: QuerySet[ClientToken]) -> QuerySet[ClientToken]:
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=clock.now()))


def _of_same_holder(token: ClientToken) -> QuerySet[ClientToken]:
    return ClientToken.objects.filter(device=token.device_id, group=token.group_id)


def _record_token(token: ClientToken, what: str, by: Actor) -> None:
    detail = {"token": token.public_id}
    if token.device is not None:
        text = f"Target token {what} by {by.label}"
        device_event(token.device, EventKind.CREDENTIAL, text, detail)
        subject = token.device.public_id
        audit.record(by=by, action=f"devices.target_token_{what}", subject=subject, detail=detail)
    elif token.group is not None:
        subject, detail["group"] = token.group.public_id, token.group.name
        audit.record(by=by, action=f"devices.gateway_token_{what}", subject=subject, detail=detail)
