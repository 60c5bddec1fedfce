"""Who is calling, from `Authorization: Bearer ef_pat_…`. Sessions are DRF's own, second in the
settings.

Guarantees: a wrong, expired or revoked token, or one of an inactive user, is a 401 with one
sentence, and in the audit log where the token was one of ours; it never falls through to another
credential. A request without our scheme is left to the next authenticator.
"""

from typing import Final

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from fleet.access.accounts.signin_log import token_refused
from fleet.access.models import ApiToken
from fleet.access.selectors import token_by_secret
from fleet.access.services import token_touch
from fleet.lib import clock

SCHEME: Final = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """`request.user` is the token's owner, `request.auth` the token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the owner and the token, or None when the request does not speak our scheme."""
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        return owner_of_secret(secret.strip())

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that makes an anonymous refusal a 401."""
        del request
        return f'{SCHEME} realm="edgefleet"'


def owner_of_secret(secret: str) -> tuple[User, ApiToken]:
    """Return the owner of a token, and the token. Raises AuthenticationFailed with one sentence."""
    token = token_by_secret(secret)
    if token is None:
        raise AuthenticationFailed("This token is not known here.")
    if (state := token.state(clock.now())) != "active":
        token_refused(token, state)
        raise AuthenticationFailed(f"This token is {state}.")
    if not token.owner.is_active:
        token_refused(token, "of an inactive owner")
        raise AuthenticationFailed("The owner of this token is not active.")
    token_touch(token)
    return token.owner, token
