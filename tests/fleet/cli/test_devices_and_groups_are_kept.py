"""`edgefleet device` and `group`: codes, labels, queries, and who may take part."""

import pytest

from fleet.devices.models import Device, EnrolmentCode
from ota.selectors import device_explanation
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers


@pytest.fixture
def device(terminal: Terminal) -> Device:
    del terminal
    return makers.devices(1)[0]


def test_a_code_is_shown_once_and_kept_as_a_hash(terminal: Terminal) -> None:
    options = ("--uses", "3", "--label", "lot=B7", "--auto-accept")
    made = terminal.json("device", "code", "line 4", *options)
    assert made["code"]
    assert (made["uses_left"], made["labels"], made["auto_accept"]) == (3, {"lot": "B7"}, True)
    row = EnrolmentCode.objects.get()
    assert made["code"] not in {str(value) for value in vars(row).values()}


def test_devices_are_listed_by_state_and_query(terminal: Terminal, device: Device) -> None:
    terminal.ok("device", "label", device.public_id, "lot=B7", "site=paris")
    assert len(terminal.json("device", "list", "--query", "lot=B7 and site=paris")) == 1
    assert terminal.json("device", "list", "--query", "lot=B8") == []
    assert terminal.json("device", "list", "--state", "pending") == []
    assert device.controller_id in terminal.ok("device", "list")


def test_a_broken_query_is_refused_with_a_sentence(terminal: Terminal) -> None:
    assert terminal.run("device", "list", "--query", "lot==") == 2
    assert terminal.err.startswith("error: ")


def test_a_device_is_shown_with_its_timeline(terminal: Terminal, device: Device) -> None:
    terminal.ok("device", "label", device.public_id, "lot=B7")
    assert terminal.json("device", "show", device.public_id)["labels"] == {"lot": "B7"}
    assert terminal.json("device", "events", device.public_id)


def test_a_device_leaves_for_good(terminal: Terminal, device: Device) -> None:
    gone = terminal.json("device", "decommission", device.public_id)
    assert gone["state"] == "decommissioned"
    assert terminal.run("device", "accept", device.public_id) == 2


def test_a_pending_device_is_accepted(terminal: Terminal, device: Device) -> None:
    Device.objects.update(state="pending")
    assert terminal.json("device", "accept", device.public_id)["state"] == "accepted"


def test_a_gateway_s_children_are_listed_accepted_and_explained(
    terminal: Terminal, device: Device
) -> None:
    child = makers.devices(1, prefix="board")[0]
    told = {"board": "mps2-an386", "strength": "hmac"}
    Device.objects.filter(pk=child.pk).update(behind=device, state="pending", attributes=told)
    (row,) = terminal.json("device", "children", device.public_id)
    assert (row["id"], row["behind"]) == (child.public_id, device.public_id)
    assert "hmac" in terminal.ok("device", "children", device.public_id)
    taken = terminal.json("device", "accept-children", device.public_id)
    assert taken["accepts_children"] is True
    assert terminal.json("device", "show", child.public_id)["state"] == "accepted"
    said = terminal.json("device", "explain", child.public_id)["explanation"]
    assert said == device_explanation(Device.objects.get(pk=child.pk))
    held = terminal.json("device", "hold-children", device.public_id)
    assert held["accepts_children"] is False
    assert terminal.run("device", "accept-children", child.public_id) == 2


def test_a_group_follows_a_query(terminal: Terminal, device: Device) -> None:
    terminal.ok("group", "create", "b7", "--query", "lot=B7")
    assert terminal.json("group", "members", "b7") == []
    terminal.ok("device", "label", device.public_id, "lot=B7")
    assert [row["id"] for row in terminal.json("group", "members", "b7")] == [device.public_id]


def test_a_query_is_tried_first_and_changed_later(terminal: Terminal, device: Device) -> None:
    terminal.ok("group", "preview", "lot=B7")
    assert "none" in terminal.err
    terminal.ok("device", "label", device.public_id, "lot=B7")
    found = terminal.json("group", "preview", "lot=B7", "--device", device.public_id)
    assert (found["accepted"], found["device_is_meant"]) == (1, True)
    assert device.name in terminal.ok("group", "preview", "lot=B7")
    terminal.ok("group", "create", "b7", "--query", "lot=B8")
    assert terminal.json("group", "edit", "b7", "--query", "lot=B7")["query"] == "lot=B7"
    assert terminal.run("group", "edit", "b7") == 2


def test_a_group_names_its_members(terminal: Terminal, device: Device) -> None:
    terminal.ok("group", "create", "lab", "--member", device.public_id)
    assert [row["id"] for row in terminal.json("group", "members", "lab")] == [device.public_id]
    assert [row["name"] for row in terminal.json("group", "list")] == ["lab"]


def test_a_group_has_a_query_or_members(terminal: Terminal) -> None:
    arguments = ("group", "create", "x", "--query", "a=b", "--member", "dev_1")
    assert terminal.run(*arguments) == 2
    assert not terminal.way.requests
