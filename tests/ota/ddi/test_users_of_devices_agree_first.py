"""Consent: nothing is told before it, and it may be given once for all that follows."""

from typing import Any

import pytest
from django.test import Client

from fleet.devices.models import Device
from ota.models import Assignment
from tests.ota import makers, software
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
ASKS = {"confirmation": True}


def scene(**delivery: Any) -> tuple[Device, Client, Assignment]:
    device, assignment = software.offered(software.module(), delivery=ASKS | delivery)
    return device, caller(device), assignment


def base(device: Device, tail: str = "") -> str:
    return f"{makers.base(device)}/confirmationBase{tail}"


def say(client: Client, assignment: Assignment, word: str) -> int:
    to = base(assignment.device, f"/{assignment.pk}/feedback")
    return int(wire.post(client, to, {"confirmation": word, "details": ["ok"]}).status_code)


def test_until_then_there_is_no_deployment() -> None:
    device, client, assignment = scene()
    links = wire.links(client, assignment)
    assert "confirmationBase" in links
    assert "deploymentBase" not in links
    assert client.get(wire.path(assignment)).status_code == 404
    feedback = wire.path(assignment, "/feedback")
    assert wire.post(client, feedback, wire.said("closed", "success")).status_code == 404
    found = client.get(links["confirmationBase"]).json()
    assert found["id"] == str(assignment.pk)
    assert found["confirmation"]["chunks"][0]["name"] == "system"
    told = client.get(base(device)).json()
    assert told["autoConfirm"] == {"active": False}
    assert set(told["_links"]) == {"activateAutoConfirm", "confirmationBase"}


def test_a_yes_opens_it_and_is_said_once() -> None:
    device, client, assignment = scene()
    assert say(client, assignment, "confirmed") == 200
    assert "deploymentBase" in wire.links(client, assignment)
    assert client.get(wire.path(assignment)).status_code == 200
    assert client.get(base(device, f"/{assignment.pk}")).status_code == 404
    assert say(client, assignment, "confirmed") == 404


def test_a_no_waits_for_another_word() -> None:
    _, client, assignment = scene()
    assert say(client, assignment, "denied") == 200
    assert "confirmationBase" in wire.links(client, assignment)
    assert say(client, assignment, "confirmed") == 200
    assert "deploymentBase" in wire.links(client, assignment)


def test_a_no_may_close_the_action() -> None:
    _, client, assignment = scene(denied="close")
    assert say(client, assignment, "denied") == 200
    assignment.refresh_from_db()
    assert (assignment.state, assignment.cause) == ("failed", "rejected")
    assert say(client, assignment, "confirmed") == 410


def test_who_needs_not_be_asked_says_so_once() -> None:
    device, client, assignment = scene()
    always, each = base(device, "/activateAutoConfirm"), base(device, "/deactivateAutoConfirm")
    said = {"initiator": "ann", "remark": "all nights"}
    assert wire.post(client, always, said).status_code == 200
    assert wire.post(client, always, said).status_code == 409
    assert "deploymentBase" in wire.links(client, assignment)
    told = client.get(base(device)).json()
    assert told["autoConfirm"] | {"activatedAt": ""} == said | {"active": True, "activatedAt": ""}
    assert set(told["_links"]) == {"deactivateAutoConfirm"}
    assert wire.post(client, each, {}).status_code == 200
    assert client.get(base(device)).json()["autoConfirm"] == {"active": False}


def test_the_next_update_asks_nobody_who_said_so() -> None:
    device = makers.devices(1, target="foreign")[0]
    client = caller(device)
    assert wire.post(client, base(device, "/activateAutoConfirm"), b"").status_code == 200
    made = software.release(software.module())
    rollout = makers.rollout(made, makers.group([device]), delivery=ASKS)
    assert Assignment.objects.get(rollout=rollout).consent == ""


@pytest.mark.parametrize(
    "body", [{}, {"confirmation": "perhaps"}, {"confirmation": None}, [], {"confirmation": ["x"]}]
)
def test_other_words_are_refused_and_change_nothing(body: Any) -> None:
    device, client, assignment = scene()
    to = base(device, f"/{assignment.pk}/feedback")
    assert wire.post(client, to, body).status_code == 400
    assignment.refresh_from_db()
    assert assignment.consent == "asked"


def test_another_device_hears_nothing_of_it() -> None:
    _, _, assignment = scene()
    eve = makers.devices(1, prefix="eve", target="foreign")[0]
    assert caller(eve).get(base(eve, f"/{assignment.pk}")).status_code == 404
