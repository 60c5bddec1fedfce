"""Reads: what a user may do, whose tokens are seen by whom, and entries of the log."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db.models import QuerySet

from fleet.access.models import ApiToken, AuditEntry
from fleet.access.rules.roles import ROLES, SCOPES, scopes_among
from fleet.access.rules.token_secret import digests, is_well_formed
from fleet.lib import clock
from fleet.lib.errors import NotFound

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"  # whose permissions ours are, too


def scopes_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """Return every scope that `user` has by roles or by single permissions; inactive users have
    none.
    """
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(SCOPES)
    return scopes_among(frozenset(user.get_all_permissions()))


def roles_of(user: User) -> list[str]:
    """Return the names of the user's roles, in the order of the table of roles."""
    names = set(Group.objects.filter(user=user).values_list("name", flat=True))
    return [name for name in ROLES if name in names]


def users_with(permission: str) -> QuerySet[User]:
    """Return active people who have a permission such as `telemetry_read`, by name."""
    found = User.objects.with_perm(f"access.{permission}", backend=MODEL_BACKEND)
    return found.order_by("username")


def token_by_secret(secret: str) -> ApiToken | None:
    """Return the token that `secret` opens, whatever its state, and its owner: one read."""
    if not is_well_formed(secret):
        return None
    return ApiToken.objects.select_related("owner").filter(digest__in=digests(secret)).first()


def scopes_of_secret(secret: str) -> frozenset[str]:
    """Return what a token's secret lets its bearer do now; nothing for one that was revoked or has
    expired.
    """
    token = token_by_secret(secret)
    if token is None or token.state(clock.now()) != "active" or not token.owner.is_active:
        return frozenset()
    return token.granted() & scopes_of(token.owner)


def tokens_visible_to(user: User, scopes: frozenset[str]) -> QuerySet[ApiToken]:
    """Return the user's own tokens; everyone's for those who may change access."""
    tokens = ApiToken.objects.select_related("owner")
    return tokens if "access.write" in scopes else tokens.filter(owner=user)


def token_get(public_id: str, *, among: QuerySet[ApiToken]) -> ApiToken:
    """Return one token. Raises NotFound also for tokens that the caller may not know of."""
    token = among.filter(public_id=public_id).first()
    if token is None:
        raise NotFound(f"There is no token {public_id}.")
    return token


def audit_entries(*, action: str = "", subject: str = "", actor: str = "") -> QuerySet[AuditEntry]:
    """Return entries, newest first: by action or its prefix (`ota.`), by subject, by the actor's
    id.
    """
    entries = AuditEntry.objects.order_by("-sequence")
    if action:
        entries = entries.filter(action__startswith=action)
    if subject:
        entries = entries.filter(subject=subject)
    return entries.filter(actor_id=actor) if actor else entries
