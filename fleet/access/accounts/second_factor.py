"""Second factors: codes of an authenticator, security keys and passkeys, codes to recover with.

Guarantees: what a code is computed from is sealed (`fleet.lib.db.sealed`) before it is stored, so
that a copy of the database alone makes no codes; whoever adds, loses or takes away a factor is in
the audit log. Where `EDGEFLEET_SECOND_FACTOR_ROLES` names a role, its people see nothing but the
set-up until they have one.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts import signin_log
from fleet.access.accounts.addresses import address_of
from fleet.lib.actor import Actor
from fleet.lib.db.sealed import SealPurpose, seal, unseal
from fleet.lib.errors import Conflict
from fleet.lib.rest import plain_errors

log = logging.getLogger(__name__)

NO_OWNER: Final = ""  # allauth seals before it knows the row
FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Methods of a session that vouch for a second factor of their own.
VOUCHED: Final = frozenset({"mfa", "socialaccount"})
OPEN: Final = ("/console/account/", "/console/login/", "/console/records/logout/", "/static/")
NEEDED: Final = "Your role needs a second factor: set it up in the console first."
GUARDED: Final = ("/console/", "/api/")


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of factors sealed."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return seal(text, NO_OWNER, SealPurpose.SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret. One that no SECRET_KEY opens becomes a secret that nobody knows, so that
        its codes are wrong until an administrator takes the factor away.
        """
        try:
            return unseal(encrypted_text, NO_OWNER, SealPurpose.SECOND_FACTOR)
        except Conflict as error:
            log.warning("a second factor cannot be opened: %s", error.message)
            return str(generate_totp_secret())


def second_factor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django middleware that leads people who need a second factor to its set-up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not settings.EDGEFLEET_SECOND_FACTOR_ROLES or not _lacking(request):
            return get_response(request)
        if request.path.startswith("/console/") and request.method == "GET":
            messages.warning(request, NEEDED)
            return HttpResponseRedirect(reverse("mfa_index"))
        return plain_errors.answer(HTTPStatus.FORBIDDEN, NEEDED, code="forbidden")

    return middleware


def factors_take_away(*, user: User, by: Actor) -> int:
    """Take away all factors of a person who has lost them; how many there were."""
    with transaction.atomic():
        rows = list(Authenticator.objects.filter(user=user))
        for row in rows:
            signin_log.factor_changed(user, "taken_away", row.type, by)
            row.delete()
    return len(rows)


def listen() -> None:
    """Note in the audit log what people do with their factors."""
    signals.authenticator_added.connect(_added, dispatch_uid="fleet.access.factor_added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="fleet.access.factor_removed")
    signals.authenticator_reset.connect(_reset, dispatch_uid="fleet.access.factor_reset")
    signals.authentication_failed.connect(_failed, dispatch_uid="fleet.access.factor_failed")


def _added(user: User, authenticator: Authenticator, **_: Any) -> None:
    signin_log.factor_changed(user, "added", authenticator.type)


def _removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    signin_log.factor_changed(user, "removed", authenticator.type)


def _reset(user: User, authenticator: Authenticator, **_: Any) -> None:
    signin_log.factor_changed(user, "reset", authenticator.type)


def _failed(request: HttpRequest, user: User, **_: Any) -> None:
    signin_log.factor_refused(user, address_of(request))


def _lacking(request: HttpRequest) -> bool:
    path = request.path
    if not path.startswith(GUARDED) or path.startswith(OPEN) or not request.user.is_authenticated:
        return False
    used = request.session.get("account_authentication_methods", ())
    if any(each.get("method") in VOUCHED for each in used):
        return False
    roles = settings.EDGEFLEET_SECOND_FACTOR_ROLES
    needs = request.user.groups.filter(name__in=roles).exists() or (
        request.user.is_superuser and "admin" in roles
    )
    return needs and not Authenticator.objects.filter(user=request.user, type__in=FACTORS).exists()
