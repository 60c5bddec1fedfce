"""A few letters find devices, models, versions, releases, rollouts, incidents and pages of the
manual; everybody finds what they may read.
"""

from typing import Any

import pytest
from django.test import Client

from tests import personas
from tests.fleet.console.world import World

SEARCH = "/console/records/search/"


def found(person: str, term: str) -> list[str]:
    """Return where the palette leads."""
    answer = personas.client(person).get(SEARCH, {"s": term, "extended": "1"})
    assert answer.status_code == 200
    results = answer.context["results"] if answer.context else []
    return [str(result.link) for result in results]


def test_each_kind_is_found_by_what_people_call_it(world: World) -> None:
    model, device = world.version.model.name, world.device
    expected = {
        device.name: f"/console/devices/{device.public_id}",
        device.public_id: f"/console/devices/{device.public_id}",
        world.rollout.group.name: f"/console/devices/groups/of/{world.rollout.group.name}",
        model.upper(): f"/console/models/{model}",
        f"{model}:{world.version.label}": f"/console/models/{model}/{world.version.number}",
        world.build.public_id: f"/console/builds/{world.build.public_id}",
        world.rollout.release.label: f"/console/releases/{world.rollout.release.public_id}",
        world.rollout.public_id: f"/console/rollouts/{world.rollout.public_id}",
        world.incident.cause: f"/console/incidents/{world.incident.public_id}",
        "backup": "/console/manual/backup",
    }
    for term, link in expected.items():
        assert link in found("owner", term), term


@pytest.mark.parametrize("term", ["", "%", "nothing has this name", "'; --", "x" * 5000])
def test_odd_words_find_nothing(world: World, term: str) -> None:
    del world
    assert found("owner", term) == []


def test_nobody_in_particular_finds_nothing(world: World) -> None:
    assert Client().get(SEARCH, {"s": world.device.name}).status_code == 401


def test_who_may_read_nothing_finds_nothing(world: World) -> None:
    assert found("stranger", world.device.name) == []


def test_a_search_costs_one_query_for_each_kind(
    world: World, django_assert_max_num_queries: Any
) -> None:
    client = personas.client("operator")
    with django_assert_max_num_queries(14):
        client.get(SEARCH, {"s": world.version.model.name, "extended": "1"})
