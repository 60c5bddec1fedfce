"""Challenges and session tokens. Both are signed texts: nothing is stored, any process can check
them.

Guarantees: a challenge is for one controller id and lives two minutes; a token is for one device
and one key and lives an hour by default; both are refused when the service's secret key did not
sign them.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.core import signing

from fleet.lib import clock
from fleet.lib.errors import Unauthenticated

_CHALLENGE: Final = "fleet.devices.challenge"
_SESSION: Final = "fleet.devices.session"
TOKEN_MAX: Final = 1024  # characters that are looked at at all
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True)
class SessionClaims:
    """Who a token was made for."""

    device_id: str
    key_fingerprint: str


def challenge_new(controller_id: str) -> str:
    """Return a fresh challenge for whoever says to be this controller."""
    issued = int(clock.now().timestamp() * _MICROSECONDS)
    return signing.dumps([controller_id, issued, secrets.token_urlsafe(16)], salt=_CHALLENGE)


def challenge_issued_at(challenge: str, controller_id: str) -> datetime:
    """Return when the challenge was made. Raises Unauthenticated when it is not ours, not
    theirs, or old.
    """
    match _loads(challenge, _CHALLENGE):
        case [str(holder), int(issued), str()] if holder == controller_id:
            at = datetime.fromtimestamp(issued / _MICROSECONDS, UTC)
        case _:
            raise Unauthenticated("This challenge was not made for this device.")
    if (clock.now() - at).total_seconds() > settings.EDGEFLEET_CHALLENGE_SECONDS:
        raise Unauthenticated("This challenge has expired: ask for a new one.", code="expired")
    return at


def token_new(device_id: str, key_fingerprint: str) -> str:
    """Return a token for a device, bound to its key."""
    expires = int(clock.now().timestamp()) + settings.EDGEFLEET_SESSION_SECONDS
    return signing.dumps([device_id, key_fingerprint, expires], salt=_SESSION)


def token_claims(token: str) -> SessionClaims:
    """Return who the token is for. Raises Unauthenticated when it is not ours or has expired."""
    match _loads(token, _SESSION):
        case [str(device_id), str(key), int(expires)]:
            pass
        case _:
            raise Unauthenticated("This device token is not valid.")
    if clock.now().timestamp() >= expires:
        raise Unauthenticated("This device token has expired: open a new session.", code="expired")
    return SessionClaims(device_id, key)


def _loads(text: str, salt: str) -> Any:
    if len(text) > TOKEN_MAX:
        return None
    try:
        return signing.loads(text, salt=salt)
    except signing.BadSignature:
        return None
