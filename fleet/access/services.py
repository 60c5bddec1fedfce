"""Changes of users, roles and tokens; each is one transaction with its audit entry."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from fleet.access import audit
from fleet.access.models import ApiToken
from fleet.access.models.token import NAME_MAX
from fleet.access.rules.roles import ROLES, SCOPES
from fleet.access.rules.token_secret import HINT_LENGTH, digest, new_secret
from fleet.access.selectors import roles_of, scopes_of
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Refused

TOKEN_DAYS_MAX: Final = 366
TOKENS_PER_OWNER_MAX: Final = 50  # active ones
TOUCH_EVERY: Final = timedelta(minutes=1)  # a busy token must not cost a write a request


@transaction.atomic
def user_create(*, username: str, password: str, role: str, by: Actor) -> User:
    """Create a user with one role who may sign in to the console. Raises Refused, Conflict."""
    _check_role(role)
    if User.objects.filter(username=username).exists():
        raise Conflict(f"There is already a user {username!r}.")
    user = User(username=username, is_staff=True)
    try:
        user.clean_fields(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    user.set_password(password)
    user.save()
    user.groups.add(Group.objects.get(name=role))
    audit.record(
        by=by,
        action="access.user_create",
        subject=f"user:{user.pk}",
        detail={"username": username, "role": role},
    )
    return user


@transaction.atomic
def role_assign(*, user: User, role: str, by: Actor) -> None:
    """Make `role` the only role of `user`; groups that are not roles stay. Raises Refused."""
    _check_role(role)
    before = roles_of(user)
    user.groups.remove(*Group.objects.filter(name__in=ROLES))
    user.groups.add(Group.objects.get(name=role))
    audit.record(
        by=by,
        action="access.role_assign",
        subject=f"user:{user.pk}",
        detail={"username": user.username, "before": before, "role": role},
    )


@transaction.atomic
def token_issue(
    *,
    owner: User,
    name: str,
    scopes: Iterable[str],
    days: int,
    by: Actor,
    ceiling: frozenset[str] | None = None,
) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which is shown this once.

    `ceiling` is what the caller itself may do now: a token cannot mint a stronger one. Raises
    Refused, Forbidden, Conflict.
    """
    wanted = frozenset(scopes)
    _check_token(name, wanted, days)
    allowed = scopes_of(owner) if ceiling is None else scopes_of(owner) & ceiling
    if missing := wanted - allowed:
        raise Forbidden(f"A token may not have more rights than its owner: {_words(missing)}.")
    now = clock.now()
    active = ApiToken.objects.filter(owner=owner, revoked_at=None, expires_at__gt=now)
    if active.count() >= TOKENS_PER_OWNER_MAX:
        raise Conflict(
            f"{owner.username} has {TOKENS_PER_OWNER_MAX} active tokens: revoke one first."
        )
    secret = new_secret()
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        hint=secret[:HINT_LENGTH],
        digest=digest(secret),
        scopes=sorted(wanted),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    audit.record(
        by=by,
        action="access.token_issue",
        subject=token.public_id,
        detail={"owner": owner.username, "name": name, "scopes": token.scopes, "days": days},
    )
    return token, secret


@transaction.atomic
def token_revoke(*, token: ApiToken, by: Actor) -> None:
    """Revoke a token permanently. Revoking it again changes nothing."""
    live = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if compare_and_set(live, revoked_at=clock.now()):
        audit.record(
            by=by,
            action="access.token_revoke",
            subject=token.public_id,
            detail={"name": token.name},
        )
    token.refresh_from_db()


def token_touch(token: ApiToken) -> None:
    """Note that a token was used, at most once per minute."""
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= TOUCH_EVERY:
        ApiToken.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(
            last_used_at=now
        )


def _check_token(name: str, wanted: frozenset[str], days: int) -> None:
    if not name or len(name) > NAME_MAX:
        raise Refused(f"A token's name has 1 to {NAME_MAX} characters.")
    if not wanted:
        raise Refused("A token needs at least one scope.")
    if unknown := wanted - SCOPES.keys():
        raise Refused(f"There is no scope {_words(unknown)}; there are {_words(SCOPES)}.")
    if not 1 <= days <= TOKEN_DAYS_MAX:
        raise Refused(f"A token lives 1 to {TOKEN_DAYS_MAX} days.")


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Refused(f"There is no role {role!r}; there are {', '.join(ROLES)}.")


def _words(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
