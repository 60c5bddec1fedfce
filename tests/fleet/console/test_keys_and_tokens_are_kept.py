"""Tokens are shown once, two devices on one key are looked at, devices are registered before."""

import re
from typing import Any

import pytest

from fleet.devices import presence
from fleet.devices.models import ClientToken, Device, EnrolmentCode
from fleet.devices.tokens import issue as tokens
from tests import personas
from tests.fleet.console.world import World
from tests.fleet.devices.factories import Machine, device
from tests.personas import SYSTEM

DEVICES = "/console/devices"


def press(address: str, back: str, **fields: Any) -> str:
    client = personas.client("operator")
    answer = client.post(address, {"back": back, **fields}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def look(address: str, who: str = "operator") -> str:
    answer = personas.client(who).get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def suspected() -> Device:
    """A device whose storage was copied."""
    machine = Machine("gate-17", instance="run-one")
    row = device("gate-17", machine)
    twin = Machine("gate-17", key=machine.key, instance="run-two", address="10.9.9.9")
    for _ in range(2):
        assert (machine.session().status_code, twin.session().status_code) == (200, 200)
    return row


@pytest.mark.parametrize("kind", ["TargetToken", "GatewayToken"])
def test_a_token_is_shown_once(world: World, kind: str) -> None:
    page = f"{DEVICES}/{world.device.public_id}"
    if kind == "GatewayToken":
        page = f"{DEVICES}/groups/of/{world.rollout.group.name}"
    answer = personas.client("operator").post(f"{page}/tokens", {"back": page})
    found = re.search(rf"Authorization: {kind} (\S+)</pre>", answer.content.decode())
    assert found
    assert answer.headers["Cache-Control"] == "no-store"
    assert found.group(1) not in look(page)
    assert ClientToken.objects.get().public_id in look(page)


def test_a_third_token_is_refused_with_what_to_do(world: World) -> None:
    page = f"{DEVICES}/{world.device.public_id}"
    for _ in range(2):
        press(f"{page}/tokens", page)
    assert "retire one of them first" in press(f"{page}/tokens", page)
    assert ClientToken.objects.count() == 2


@pytest.mark.parametrize("kind", ["device", "group"])
def test_a_token_is_retired(world: World, kind: str) -> None:
    holder: Any = world.device if kind == "device" else world.rollout.group
    page = f"{DEVICES}/{world.device.public_id}"
    if kind == "group":
        page = f"{DEVICES}/groups/of/{holder.name}"
    token, _ = tokens.token_issue(holder=holder, by=SYSTEM)
    assert "retired" in press(f"{page}/tokens/{token.public_id}", page)
    token.refresh_from_db()
    assert token.ends_at is not None


def test_pages_say_when_the_service_takes_no_tokens(world: World, settings: Any) -> None:
    pages = {
        f"{DEVICES}/{world.device.public_id}": "EDGEFLEET_TARGET_TOKENS",
        f"{DEVICES}/groups/of/{world.rollout.group.name}": "EDGEFLEET_GATEWAY_TOKENS",
    }
    for page, name in pages.items():
        assert name in look(page)
        setattr(settings, name, True)
        assert name not in look(page)


def test_two_devices_on_one_key_are_shown_where_people_look(world: World) -> None:
    del world
    row = suspected()
    page = look(f"{DEVICES}/{row.public_id}", "viewer")
    assert "Two devices seem to use one key" in page
    assert "10.9.9.9" in page
    assert "Revoke the key" not in page, "a viewer has no such button"
    assert "two on one key" in look(DEVICES)
    assert "1 device</a> has a key" in look(DEVICES)
    shared = look(f"{DEVICES}?shared")
    assert "gate-17" in shared
    assert "cam-000" not in shared
    assert "1 with a key that two seem to use" in look("/console/")


def test_the_alarm_is_dismissed_with_a_reason(world: World) -> None:
    del world
    row = suspected()
    page = f"{DEVICES}/{row.public_id}"
    assert "Give a reason" in press(f"{page}/key/dismiss-key", page, reason="")
    text = press(f"{page}/key/dismiss-key", page, reason="the spare unit is off")
    assert "the spare unit is off" in text
    assert "Two devices seem to use one key <" not in text


def test_a_key_is_revoked_and_the_page_says_what_comes_next(world: World) -> None:
    page = f"{DEVICES}/{world.device.public_id}"
    text = press(f"{page}/key/revoke-key", page, reason="stolen")
    assert "enrol CODE --new-key" in text
    assert "awaits a new key" in look(DEVICES)


def test_only_the_two_ends_exist(world: World) -> None:
    page = f"{DEVICES}/{world.device.public_id}"
    assert personas.client("operator").post(f"{page}/key/steal-key").status_code == 404


def test_a_device_shows_that_a_gateway_speaks_for_it(world: World) -> None:
    token, _ = tokens.token_issue(holder=world.rollout.group, by=SYSTEM)
    presence.seen(world.device, token)
    presence.flush()
    assert "spoken for by the gateway of" in look(f"{DEVICES}/{world.device.public_id}")
    assert "through the gateway of" in look(f"{DEVICES}/groups/of/{world.rollout.group.name}")


def test_a_device_is_registered_before_it_calls(world: World) -> None:
    del world
    key = Machine().public_key.hex()
    fields = {"controller_id": "gate-18", "target": "linux-x86_64", "labels": "lot=B8"}
    text = press(f"{DEVICES}/register/new", f"{DEVICES}/register", **fields, public_key=key)
    assert "gate-18 is registered and accepted" in text
    made = Device.objects.get(controller_id="gate-18")
    assert (made.public_key, made.state, made.labels) == (key, "accepted", {"lot": "B8"})
    for wrong in ({"public_key": "xyz"}, {"public_key": "ab"}, {"controller_id": "a b"}):
        again = {"public_key": "", **fields, "controller_id": "gate-19"} | wrong
        press(f"{DEVICES}/register/new", f"{DEVICES}/register", **again)
    assert not Device.objects.filter(controller_id="gate-19").exists()


def test_a_code_says_whom_it_accepts(world: World) -> None:
    del world
    fields = {"name": "lot B7", "uses": "9", "hours": "24", "auto_accept": "on"}
    policy = {"accept_query": "target=linux-x86_64", "accept_max": "4"}
    press(f"{DEVICES}/codes/new", f"{DEVICES}/codes", **fields, **policy)
    made = EnrolmentCode.objects.get()
    assert (made.accept_query, made.accept_left) == ("target=linux-x86_64", 4)
    assert ", 4 more" in look(f"{DEVICES}/codes")
    wrong = press(f"{DEVICES}/codes/new", f"{DEVICES}/codes", **fields, accept_max="many")
    assert "Accept max must be a whole number" in wrong
