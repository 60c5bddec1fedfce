"""Codes are shown once, groups are made from queries, labels are typed a line each."""

import re
from typing import Any

from fleet.devices.models import EnrolmentCode, Group
from tests import personas
from tests.fleet.console.world import World

CODES = "/console/devices/codes"
GROUPS = "/console/devices/groups"
CODE = {"name": "lot B7", "uses": "3", "hours": "24", "labels": "lot=B7\nsite=oslo"}


def press(address: str, back: str, **fields: Any) -> Any:
    client = personas.client("operator")
    answer = client.post(address, {"back": back, **fields}, follow=True)
    assert answer.status_code == 200
    return answer


def test_a_code_is_shown_once_and_not_kept(world: World) -> None:
    del world
    answer = press(f"{CODES}/new", CODES, **CODE, auto_accept="on")
    found = re.search(r"agent enrol (\S+) --server", answer.content.decode())
    assert found
    assert answer.headers["Cache-Control"] == "no-store"
    code = EnrolmentCode.objects.get()
    assert (code.uses, code.labels, code.auto_accept) == (3, {"lot": "B7", "site": "oslo"}, True)
    again = personas.client("operator").get(CODES).content.decode()
    assert found.group(1) not in again
    assert "lot B7" in again


def test_a_code_that_cannot_be_is_told(world: World) -> None:
    del world
    wrong = {"uses": "many", "hours": "-1", "labels": "lot", "name": ""}
    for field, value in wrong.items():
        answer = press(f"{CODES}/new", CODES, **(CODE | {field: value}))
        assert "agent enrol" not in answer.content.decode(), field
    assert not EnrolmentCode.objects.exists()


def test_a_code_is_revoked(world: World) -> None:
    del world
    press(f"{CODES}/new", CODES, **CODE)
    code = EnrolmentCode.objects.get()
    press(f"{CODES}/{code.public_id}/revoke", CODES)
    code.refresh_from_db()
    assert code.revoked_at is not None


def test_a_group_is_made_from_a_query(world: World) -> None:
    query = f"id={world.device.controller_id}"
    answer = press(f"{GROUPS}/new", GROUPS, name="one", query=query)
    assert "one was made" in answer.content.decode()
    assert Group.objects.get(name="one").query == query


def test_a_query_is_tried_before_a_group_is_made_of_it(world: World) -> None:
    name = world.device.name
    client = personas.client("operator")
    tried = client.get(GROUPS, {"query": f"name={name}", "name": "one"}).content.decode()
    assert "1 accepted device</strong> is meant now" in tried
    assert 'value="one"' in tried
    assert name in tried
    wrong = client.get(GROUPS, {"query": "lot=="}).content.decode()
    assert "column 5" in wrong


def test_a_query_says_why_a_device_is_in_it_or_not(world: World) -> None:
    client, device = personas.client("operator"), world.device.controller_id
    asked = {"query": f"name={world.device.name} and lot=B7", "device": device}
    told = client.get(GROUPS, asked).content.decode()
    assert "is not in it" in told
    assert "</code></td><td>nothing</td><td>no</td>" in told
    gone = client.get(GROUPS, asked | {"device": "nobody"}).content.decode()
    assert "There is no device" in gone


def test_a_group_that_cannot_be_is_told(world: World) -> None:
    before = Group.objects.count()
    for fields in ({"name": "x", "query": ""}, {"name": "x", "query": "lot="}, {"name": "a b"}):
        press(f"{GROUPS}/new", GROUPS, **fields)
    twin = press(f"{GROUPS}/new", GROUPS, name=world.rollout.group.name, query="lot=B7")
    assert "already a group" in twin.content.decode()
    assert Group.objects.count() == before


def test_labels_are_replaced(world: World) -> None:
    page = f"/console/devices/{world.device.public_id}"
    text = press(f"{page}/labels", page, labels="lot=B7\n\n site = north, left ").content.decode()
    world.device.refresh_from_db()
    assert world.device.labels == {"lot": "B7", "site": "north, left"}
    assert "were changed" in text


def test_wrong_labels_change_nothing(world: World) -> None:
    page = f"/console/devices/{world.device.public_id}"
    for labels in ("lot", "lot=A\nlot=B", "target=z80", "9=x", "x" * 30_000):
        press(f"{page}/labels", page, labels=labels)
    world.device.refresh_from_db()
    assert world.device.labels == {}


def test_only_moves_that_the_state_allows_are_offered(world: World) -> None:
    page = f"/console/devices/{world.device.public_id}"
    client = personas.client("operator")
    accepted = client.get(page).content.decode()
    assert ">Decommission<" in accepted
    assert ">Accept<" not in accepted
    client.post(f"{page}/reject", {"yes": "yes"})
    assert ">Accept<" in client.get(page).content.decode()
