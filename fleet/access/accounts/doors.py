"""The doors of the console: a password that is right, and nobody who signs up by himself."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import User
from django.http import HttpRequest

from fleet.access.accounts import signin_log
from fleet.access.accounts.addresses import address_of


class PasswordDoor(DefaultAccountAdapter):  # type: ignore[misc]
    """What of allauth's sign-in is decided here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Keep it shut: people are made by an administrator or by single sign-on."""
        del request
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the counting to `GuardedBackend`.

        allauth counts by name alone, so that anybody could lock out anybody.
        """


def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Note who has come in, once all factors were right (receiver of allauth's signal)."""
    used = [
        str(each.get("type") or each["method"])
        for each in request.session.get("account_authentication_methods", ())
    ]
    signin_log.signed_in(user, address_of(request), used)
