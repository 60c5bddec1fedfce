"""Everybody who could call: people of each role, tokens of each kind and state, devices, gateways.

A caller is the headers it sends and the scopes that it may be thought to have; None = it is nobody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rest_framework.test import APIClient

from fleet.access import services
from fleet.access.rules.roles import ROLES, SCOPES
from fleet.devices.keys import session_token as sessions
from fleet.lib import clock
from tests import personas
from tests.fleet.lib.rest.world import World

DAYS: Final = 30  # that a token lives


@dataclass(frozen=True)
class Caller:
    """A client, what it may do, and how much later than now it calls."""

    name: str
    client: APIClient
    scopes: frozenset[str] | None
    later: timedelta = timedelta()

    @contextmanager
    def calling(self) -> Iterator[APIClient]:
        """Call at the caller's own time."""
        with clock.fixed(clock.now() + self.later):
            yield self.client


def people() -> list[Caller]:
    """Return one of each role, and one with none."""
    roles = {"stranger": frozenset[str](), **ROLES}
    return [
        Caller(name, personas.client("owner" if name == "admin" else name), scopes)
        for name, scopes in roles.items()
    ]


def narrow_tokens() -> list[Caller]:
    """Return for each scope a token that has no other, of an owner who has all."""
    return [
        Caller(f"token for {scope}", personas.token_client("owner", [scope]), frozenset({scope}))
        for scope in SCOPES
    ]


def token_of_everything() -> Caller:
    """Return a token of the owner that may do all."""
    return Caller("all", personas.token_client("owner", sorted(SCOPES)), frozenset(SCOPES))


def dead_tokens() -> list[Caller]:
    """Return tokens with all scopes that are good no more, or never were."""
    everything = sorted(SCOPES)
    revoked, of_revoked = personas.token("owner", everything)
    services.token_revoke(token=revoked, by=personas.SYSTEM)
    inactive = personas.user("operator")
    of_inactive = personas.token("operator", sorted(ROLES["operator"]))[1]
    inactive.is_active = False
    inactive.save()
    of_expired = personas.token("owner", everything, days=DAYS)[1]
    late = timedelta(days=DAYS, seconds=1)
    return [
        Caller("revoked", bearing("Bearer", of_revoked), None),
        Caller("expired", bearing("Bearer", of_expired), None, late),
        Caller("of an inactive owner", bearing("Bearer", of_inactive), None),
        Caller("made up", bearing("Bearer", "ef_pat_" + "a" * 43), None),
        Caller("cut off", bearing("Bearer", of_expired[:-1]), None),
    ]


def machines(world: World) -> list[Caller]:
    """Return what devices and gateways send, each good where it belongs."""
    device = world.device
    session = sessions.token_new(device.public_id, device.key_fingerprint)
    return [
        Caller("anonymous", APIClient(), None),
        Caller("device", bearing("DeviceToken", session), None),
        Caller("device's word as a person's", bearing("Bearer", session), None),
        Caller("target token", bearing("TargetToken", world.device_secret), None),
        Caller("target token as a person's", bearing("Bearer", world.device_secret), None),
        Caller("gateway", bearing("GatewayToken", world.gateway_secret), None),
        Caller("gateway's as a person's", bearing("Bearer", world.gateway_secret), None),
    ]


def bearing(scheme: str, secret: str) -> APIClient:
    """Return a client that sends this credential."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return client
