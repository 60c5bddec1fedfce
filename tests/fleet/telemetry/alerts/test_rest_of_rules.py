"""REST: rules and their drafts, destinations and their messages, and incidents in hand."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from fleet.access.models import AuditEntry
from tests import personas
from tests.fleet.console import world as worlds

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> worlds.World:
    return worlds.make()


@pytest.fixture
def operator() -> APIClient:
    return personas.client("operator")


def test_a_rule_says_every_field_and_keeps_those_that_were_not_sent(
    world: worlds.World, operator: APIClient
) -> None:
    body = {"name": "classes", "signals": ["class *"], "quorum_devices": 3, "owner": "operator"}
    made = operator.post("/api/v1/rules/", body)
    assert made.status_code == 201
    address = f"/api/v1/rules/{made.json()['id']}/"
    changed = operator.patch(address, {"mute": ["daily 22:00-06:00"], "enabled": False}).json()
    assert changed["signals"] == ["class *"]
    assert (changed["quorum_devices"], changed["enabled"]) == (3, False)
    assert (changed["mute"], changed["owner"]) == (["daily 22:00-06:00"], "operator")
    assert operator.delete(address).status_code == 204
    assert operator.get(address).status_code == 404
    acts = AuditEntry.objects.filter(action__startswith="telemetry.rule_")
    assert acts.filter(subject=made.json()["id"]).count() == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"mute": ["sometimes"]}, "mute"),
        ({"levels": ["planet"]}, "planet"),
        ({"quorum_devices": 0}, "quorum_devices"),
        ({"actions": ["explode"]}, "explode"),
        ({"labels": "((("}, "label"),
    ],
)
def test_a_wrong_draft_is_refused_in_a_sentence(
    world: worlds.World, operator: APIClient, body: Any, words: str
) -> None:
    for path in ("rules/backtest/", "rules/"):
        answer = operator.post(
            f"/api/v1/{path}", body if "backtest" in path else body | {"name": "x"}
        )
        assert answer.status_code == 400
        assert words in answer.content.decode()


def test_a_draft_is_tried_and_read_again(world: worlds.World, operator: APIClient) -> None:
    tried = operator.post("/api/v1/rules/backtest/", {"quorum_devices": 2})
    assert tried.status_code == 200
    again = operator.get(f"/api/v1/rules/backtests/{tried.json()['id']}/").json()
    assert again == tried.json()
    assert again["result"]["told"] == []
    assert operator.get("/api/v1/rules/backtests/bck_0/").status_code == 404


def test_a_secret_is_in_one_answer_only(world: worlds.World, operator: APIClient) -> None:
    body = {"name": "ci", "kind": "webhook", "address": "https://ci.example.com/"}
    headers = {"Idempotency-Key": "k1"}
    made = operator.post("/api/v1/destinations/", body, headers=headers).json()
    assert made["secret"].startswith("whsec_")
    replayed = operator.post("/api/v1/destinations/", body, headers=headers).json()
    assert (replayed["id"], replayed["secret"]) == (made["id"], None)
    assert "secret" not in operator.get(f"/api/v1/destinations/{made['id']}/").json()
    assert made["secret"] not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_messages_are_listed_by_what_they_are_about(
    world: worlds.World, operator: APIClient
) -> None:
    query = f"destination={world.destination.public_id}&state=waiting"
    (row,) = operator.get(f"/api/v1/deliveries/?{query}").json()["results"]
    assert row["event"] == "destination.test"
    assert operator.get("/api/v1/deliveries/?event=rule.told").json()["results"] == []
    assert operator.post(f"/api/v1/deliveries/{row['id']}/redeliver/").status_code == 409


def test_an_incident_says_who_has_it_and_what_was_done(
    world: worlds.World, operator: APIClient
) -> None:
    address = f"/api/v1/incidents/{world.incident.public_id}/"
    assert operator.post(f"{address}assign/", {"username": "operator"}).status_code == 200
    assert operator.post(f"{address}notes/", {"text": "a dirty lens"}).status_code == 201
    assert operator.post(f"{address}mute/").status_code == 200
    shown = operator.get(address).json()
    assert (shown["assigned_to"], shown["mute"], shown["note"]) == (
        "operator",
        "changed",
        "a dirty lens",
    )
    resolved = operator.post(f"{address}resolve/", {"outcome": "false_alarm"}).json()
    assert (resolved["outcome"], resolved["mute"]) == ("false_alarm", "")
    assert len(operator.get(f"{address}notes/").json()["results"]) == 1
    assert operator.get(f"{address}actions/").json()["results"] == []


def test_lists_cost_the_same_for_many(
    world: worlds.World, operator: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        operator.post("/api/v1/rules/", {"name": f"rule {number}", "owner": "operator"})
        operator.post(f"/api/v1/destinations/{world.destination.public_id}/test/")
    for path in ("rules/", "deliveries/", "destinations/", "incidents/"):
        with django_assert_max_num_queries(6):
            assert operator.get(f"/api/v1/{path}").status_code == 200
