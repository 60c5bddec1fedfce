"""`edgefleet device` and `group`: tokens shown once, devices registered, copied keys ended."""

import pytest

from fleet.devices.models import ClientToken, Device
from tests.fleet.cli.terminal import Terminal
from tests.fleet.devices.factories import Machine
from tests.fleet.devices.factories import device as enrolled
from tests.ota import makers


@pytest.fixture
def device(terminal: Terminal) -> Device:
    del terminal
    return makers.devices(1)[0]


@pytest.mark.parametrize(("noun", "prefix"), [("device", "ef_dev_"), ("group", "ef_gw_")])
def test_a_token_is_made_listed_and_retired(
    terminal: Terminal, device: Device, noun: str, prefix: str
) -> None:
    name = device.public_id
    if noun == "group":
        name = makers.group([device]).name
    made = terminal.json(noun, "token", name)
    assert made["token"].startswith(prefix)
    (listed,) = terminal.json(noun, "tokens", name)
    assert (listed["id"], listed["state"]) == (made["id"], "active")
    assert "token" not in listed
    assert made["id"] in terminal.ok(noun, "tokens", name)
    (gone,) = terminal.json(noun, "token-retire", name, made["id"])
    assert gone["state"] == "retired"
    assert ClientToken.objects.get().ends_at is not None


def test_a_third_token_is_refused_with_a_sentence(terminal: Terminal, device: Device) -> None:
    for _ in range(2):
        terminal.ok("device", "token", device.public_id)
    assert terminal.run("device", "token", device.public_id) == 2
    assert "retire one of them" in terminal.err


def test_a_device_is_registered_with_its_key(terminal: Terminal) -> None:
    key = Machine().public_key.hex()
    options = ("--target", "linux-x86_64", "--public-key", key, "--label", "lot=B7")
    made = terminal.json("device", "register", "gate-17", *options)
    assert (made["state"], made["labels"]) == ("accepted", {"lot": "B7"})
    assert Device.objects.get().public_key == key


def test_a_code_has_a_policy(terminal: Terminal) -> None:
    options = ("--uses", "9", "--auto-accept", "--accept-query", "lot=B7", "--accept-max", "3")
    made = terminal.json("device", "code", "line 4", *options)
    assert (made["accept_query"], made["accept_left"]) == ("lot=B7", 3)


def test_a_copied_key_is_seen_dismissed_and_revoked(terminal: Terminal) -> None:
    machine = Machine("gate-17", instance="one")
    row = enrolled("gate-17", machine)
    twin = Machine("gate-17", key=machine.key, instance="two", address="10.9.9.9")
    for _ in range(2):
        machine.session()
        twin.session()
    (listed,) = terminal.json("device", "list", "--suspected")
    assert listed["id"] == row.public_id
    shown = terminal.ok("device", "key-use", row.public_id)
    assert "10.9.9.9" in shown
    assert "runs take turns" in terminal.err
    assert terminal.run("device", "dismiss-key", row.public_id) == 2
    terminal.ok("device", "dismiss-key", row.public_id, "--reason", "the spare is off")
    assert terminal.json("device", "list", "--suspected") == []
    gone = terminal.json("device", "revoke-key", row.public_id, "--reason", "stolen")
    assert gone["awaits_key"] is True
