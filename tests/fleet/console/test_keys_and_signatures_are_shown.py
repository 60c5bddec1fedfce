"""The page of keys tells who must sign what, until when, and what waits, without opening a key."""

from datetime import timedelta
from typing import Any

from builds.models import SigningKey
from fleet.lib import clock
from ota.trust import overview
from ota.trust.signer import repository
from ota.trust.signer.audit_checkpoint import checkpoint_sign
from tests import personas
from tests.fleet.console.world import World
from tests.ota.trust import world as trust_world

ADDRESS = "/console/trust"


def shown(role: str = "viewer") -> str:
    return str(personas.client(role).get(ADDRESS).content.decode())


def test_a_published_release_waits_until_the_signer_has_listed_it(world: World) -> None:
    del world
    release = trust_world.published("2.0")
    page = f"/console/releases/{release.public_id}"
    assert page in shown()
    repository.requests_sign()
    assert page not in shown()
    assert "signed" in personas.client("viewer").get(page).content.decode()


def test_each_role_shows_its_threshold_and_its_life(world: World) -> None:
    del world
    repository.repository_maintain()
    roles = {each.validity.role: each for each in overview.roles(clock.now())}
    assert {"root", "targets", "snapshot", "timestamp"} <= set(roles)
    assert roles["root"].threshold <= len(roles["root"].keyids)
    assert all(0.9 < each.left <= 1 for each in roles.values())
    text = shown()
    for role, each in roles.items():
        assert role in text
        assert f"{each.threshold} of {len(each.keyids)}" in text


def test_a_role_that_nobody_signed_in_time_says_what_to_do(world: World, settings: Any) -> None:
    del world
    repository.repository_maintain()
    later = clock.now() + timedelta(days=settings.EDGEFLEET_TUF_DAYS["targets"] * 0.95)
    with clock.fixed(later):
        text = shown()
    assert "critical" in text
    assert "manage.py keys export targets FILE" in text


def test_the_services_own_keys_are_listed_with_those_they_replaced(world: World) -> None:
    del world
    active = SigningKey.objects.first()
    assert active is not None
    text = shown()
    assert active.keyid in text
    assert "retired" not in text
    SigningKey.objects.filter(pk=active.pk).update(retired_at=clock.now())
    assert "retired" in shown()


def test_a_new_service_says_what_comes_first(db: None) -> None:
    del db
    text = shown()
    assert "manage.py keys init" in text
    assert "Nothing waits" in text


def test_it_says_when_the_audit_log_was_signed(world: World) -> None:
    del world
    assert "The audit log has not been signed yet" in shown()
    made = checkpoint_sign()
    assert made is not None
    assert f"when it had {made.entries} entries" in shown()
