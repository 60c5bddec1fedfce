"""The plan of a rollout says what its first wave can tell, before anybody waits for it."""

from typing import Any

import pytest

from ota.planning.power import Rate, power_sentences
from ota.rollouts import policy
from tests import personas
from tests.fleet.console.world import World

CANARY = policy.parse(policy.resolve("canary", None))


def test_two_canaries_for_a_quarter_of_an_hour_are_told_to_wait_or_be_more() -> None:
    told = power_sentences(CANARY, 40, Rate(60.0, 168))
    assert told[0].startswith("2 canaries for 15 minutes cannot tell less than ")
    assert "wait" in told[0]
    assert "held" in told[1]


def test_more_devices_can_tell_less() -> None:
    few = power_sentences(CANARY, 40, Rate(60.0, 168))[0]
    many = power_sentences(CANARY, 4000, Rate(6000.0, 168))[0]
    assert "cannot" in few
    assert "can tell" in many


def test_a_policy_without_the_gate_promises_nothing() -> None:
    plain = policy.parse(policy.resolve("canary", {"gates": []}))
    assert power_sentences(plain, 40, Rate(60.0, 168)) == []


def test_an_unknown_rate_is_said_to_be_assumed() -> None:
    assert "are assumed" in power_sentences(CANARY, 40, Rate(None, 0))[2]


@pytest.mark.django_db
def test_the_page_shows_it(world: World, settings: Any) -> None:
    settings.EDGEFLEET_ROLLUP_SECONDS = 60
    query = {"group": world.rollout.group.name, "release": world.rollout.release.public_id}
    client = personas.client("operator")
    text = client.get("/console/rollouts/new", query | {"policy": "canary"}).content.decode()
    assert "What the first wave can tell" in text
    assert "are assumed" in text
