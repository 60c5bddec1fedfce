"""Single sign-on by OpenID Connect: people come in with the roles of their groups.

Guarantees: a person comes in by the issuer's own name for him (`sub`), never because a name or an
address of e-mail is the same as somebody's here; his roles are those of his groups at the issuer,
brought in line at each sign-in; anybody in no group that has a role is not let in, and no user is
made for him.
"""

from collections.abc import Mapping
from typing import Any, Final

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect

from fleet.access.accounts import signin_log
from fleet.access.rules.roles import ROLES

GROUPS_MAX: Final = 1000  # of a person; more are not looked at
NOBODY: Final = (
    "You are known there, but none of your groups has a role here: ask whoever runs this service."
)


class MappedPeople(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What of allauth's single sign-on is decided here."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse who has no role; give a known person the roles of today."""
        roles = roles_of(claims_of(sociallogin))
        if not roles or sociallogin.state.get("process") == "connect":
            messages.error(request, NOBODY)
            raise ImmediateHttpResponse(HttpResponseRedirect(settings.LOGIN_URL))
        if sociallogin.is_existing:
            roles_give(sociallogin.user, roles)
            return
        # No address is ever a key here, so one that somebody has already asks nobody for another.
        sociallogin.email_addresses = []
        sociallogin.user.email = ""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Tell whether a person who comes for the first time is let in: his groups have said so."""
        del request
        return bool(roles_of(claims_of(sociallogin)))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the user of a first sign-in, with his roles."""
        sociallogin.user.is_staff = True  # the records are pages of the console
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            roles_give(user, roles_of(claims_of(sociallogin)))
        return user


def claims_of(sociallogin: SocialLogin) -> Mapping[str, Any]:
    """Return what the issuer says of a person: the signed token, and over it what it answers when
    asked.
    """
    data = sociallogin.account.extra_data
    return {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}


def roles_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the roles of a person's groups, by `EDGEFLEET_OIDC_ROLES`."""
    told = claims.get(settings.EDGEFLEET_OIDC_GROUPS_CLAIM, ())
    groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    mapped = settings.EDGEFLEET_OIDC_ROLES
    known = {
        mapped[each] for each in groups[:GROUPS_MAX] if isinstance(each, str) and each in mapped
    }
    return frozenset(known & set(ROLES))


def roles_give(user: User, roles: frozenset[str]) -> None:
    """Bring a person's roles in line; groups that people made themselves are left alone."""
    with transaction.atomic():
        had = set(user.groups.filter(name__in=ROLES).values_list("name", flat=True))
        if had == roles:
            return
        user.groups.remove(*Group.objects.filter(name__in=had - roles))
        user.groups.add(*Group.objects.filter(name__in=roles - had))
        signin_log.roles_given(user, sorted(roles), settings.EDGEFLEET_OIDC_ISSUER)
