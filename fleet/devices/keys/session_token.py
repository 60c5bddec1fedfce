"""Challenges and session tokens. Both are signed texts: nothing is stored, any process can check
them.

Guarantees: a challenge is for one controller id and lives two minutes; a token is for one device,
one key and one run of the agent, and lives an hour by default; both are refused when the service's
secret key did not sign them. What a run says of itself is inside the challenge, so that the
device's signature is over it, too.
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
    """The device that a token was made for; `instance` is empty for an agent that does not name its
    run.
    """

    device_id: str
    key_fingerprint: str
    instance: str = ""


@dataclass(frozen=True)
class Challenge:
    """When a challenge was made, and for which run of the agent: its name and count of starts."""

    issued_at: datetime
    instance: str = ""
    boot: int | None = None


def challenge_new(controller_id: str, instance: str = "", boot: int | None = None) -> str:
    """Return a fresh challenge for a caller that claims to be this controller."""
    issued = int(clock.now().timestamp() * _MICROSECONDS)
    said = [controller_id, issued, secrets.token_urlsafe(16), instance, boot]
    return signing.dumps(said, salt=_CHALLENGE)


def challenge_read(challenge: str, controller_id: str) -> Challenge:
    """Return what the challenge says. Raises Unauthenticated when it is not ours, not theirs, or
    old.
    """
    match _loads(challenge, _CHALLENGE):
        case [str(holder), int(issued), str(), str(instance), boot] if holder == controller_id:
            at = datetime.fromtimestamp(issued / _MICROSECONDS, UTC)
        case _:
            raise Unauthenticated("This challenge was not made for this device.")
    if (clock.now() - at).total_seconds() > settings.EDGEFLEET_CHALLENGE_SECONDS:
        raise Unauthenticated("This challenge has expired: ask for a new one.", code="expired")
    return Challenge(at, instance, boot)


def token_new(device_id: str, key_fingerprint: str, instance: str = "") -> str:
    """Return a token for a device, bound to its key and to the run of its agent."""
    expires = int(clock.now().timestamp()) + settings.EDGEFLEET_SESSION_SECONDS
    return signing.dumps([device_id, key_fingerprint, expires, instance], salt=_SESSION)


def token_claims(token: str) -> SessionClaims:
    """Return who the token is for. Raises Unauthenticated when it is not ours or has expired."""
    match _loads(token, _SESSION):
        case [str(device_id), str(key), int(expires), str(instance)]:
            pass
        case _:
            raise Unauthenticated("This device token is not valid.")
    if clock.now().timestamp() >= expires:
        raise Unauthenticated("This device token has expired: open a new session.", code="expired")
    return SessionClaims(device_id, key, instance)


def _loads(text: str, salt: str) -> Any:
    if len(text) > TOKEN_MAX:
        return None
    try:
        return signing.loads(text, salt=salt)
    except signing.BadSignature:
        return None
