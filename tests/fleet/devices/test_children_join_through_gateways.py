"""A microcontroller joins when its gateway vouches for it, and as nobody else than it is."""

from dataclasses import replace
from typing import Any

import pytest

from device_agent.protocol.enrol import Voucher, voucher_message
from fleet.access.models.audit import AuditEntry
from fleet.devices import services
from fleet.devices.enrolment import children as childhood
from fleet.devices.enrolment.codes import code_create
from fleet.devices.keys import use as key_use
from fleet.devices.models import Device, DeviceEvent
from fleet.lib.errors import Conflict
from tests.fleet.devices.factories import Machine
from tests.personas import SYSTEM, client

pytestmark = pytest.mark.django_db

BOARD, OTHER_BOARD = b"\x01" * 8, b"\x02" * 12


def machine(name: str = "gw-1", *, labels: dict[str, str] | None = None) -> Machine:
    """A Linux device that is accepted."""
    made = Machine(name)
    _, code = code_create(name=name, by=SYSTEM, auto_accept=True, labels=labels or {})
    assert made.enrol(code).status_code == 201
    return made


def voucher(gateway: Machine, child: Machine, board: bytes = BOARD) -> Voucher:
    message = voucher_message(gateway.controller_id, child.controller_id, board, child.public_key)
    return Voucher(gateway.controller_id, board, gateway.key.sign(message))


def join(gateway: Machine, child: Machine, board: bytes = BOARD, **changes: Any) -> Any:
    return child.enrol("", **{"voucher": voucher(gateway, child, board)} | changes)


def chip(name: str = "mcu-1") -> Machine:
    return Machine(name, target="cortex-m4f")


def row(name: str = "mcu-1") -> Device:
    return Device.objects.get(controller_id=name)


def test_a_child_waits_until_an_operator_accepts_it() -> None:
    gateway, child = machine(labels={"site": "paris"}), chip()
    answer = join(gateway, child)
    assert (answer.status_code, answer.json()["state"]) == (201, "pending")
    made = row()
    assert made.behind == row("gw-1")
    assert made.hardware_id == BOARD.hex()
    assert made.labels == {"site": "paris"}  # it stands where its gateway stands
    texts = DeviceEvent.objects.values_list("device__controller_id", "text")
    assert ("mcu-1", "Joined through the gateway gw-1") in texts
    assert ("gw-1", "mcu-1 joined behind it") in texts
    assert AuditEntry.objects.filter(action="devices.child_enrol").count() == 1


def test_asking_again_changes_nothing() -> None:
    gateway, child = machine(), chip()
    join(gateway, child)
    assert join(gateway, child).status_code == 200
    assert Device.objects.count() == 2


def test_a_gateway_s_children_are_accepted_together() -> None:
    gateway = machine()
    join(gateway, chip("early"))
    childhood.children_accept(device=row("gw-1"), by=SYSTEM)
    assert row("early").state == "accepted"
    assert join(gateway, chip("late"), OTHER_BOARD).json()["state"] == "accepted"
    childhood.children_hold(device=row("gw-1"), by=SYSTEM)
    assert join(gateway, chip("later"), b"\x03" * 8).json()["state"] == "pending"


def test_a_child_has_no_children() -> None:
    gateway, child = machine(), chip()
    childhood.children_accept(device=row("gw-1"), by=SYSTEM)
    join(gateway, child)
    with pytest.raises(Conflict, match="no children"):
        childhood.children_accept(device=row(), by=SYSTEM)
    refused = join(child, chip("mcu-2"), OTHER_BOARD)
    assert refused.status_code == 400
    assert "cannot be the gateway" in refused.json()["detail"]


@pytest.mark.parametrize("wrong", ["signature", "board", "gateway", "child"])
def test_a_voucher_counts_only_for_what_was_signed(wrong: str) -> None:
    gateway, child = machine(), chip()
    good = voucher(gateway, child)
    changed = {
        "signature": replace(good, signature=bytes(64)),
        "board": replace(good, hardware_id=OTHER_BOARD),
        "gateway": replace(good, gateway="gw-2"),
        "child": voucher(gateway, chip()),  # of another key under this name
    }
    answer = join(gateway, child, voucher=changed[wrong])
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_voucher")
    assert Device.objects.count() == 1


def test_a_gateway_that_is_not_accepted_vouches_for_nobody() -> None:
    gateway = machine()
    services.device_reject(device=row("gw-1"), by=SYSTEM)
    assert join(gateway, chip()).status_code == 403
    services.device_decommission(device=row("gw-1"), by=SYSTEM)
    assert join(gateway, chip()).status_code == 410


def test_another_board_under_the_same_name_is_refused_and_noted() -> None:
    gateway, child = machine(), chip()
    join(gateway, child)
    answer = join(gateway, child, OTHER_BOARD)
    assert (answer.status_code, answer.json()["code"]) == (409, "other_board")
    assert DeviceEvent.objects.filter(device=row(), text__contains="Another board").exists()


def test_a_child_is_of_one_target() -> None:
    gateway, child = machine(), chip()
    join(gateway, child)
    assert join(gateway, child, target="cortex-m0plus").json()["code"] == "other_target"


def test_one_board_is_one_device() -> None:
    gateway = machine()
    join(gateway, chip())
    answer = join(machine("gw-2"), chip("mcu-2"))
    assert (answer.status_code, answer.json()["code"]) == (409, "board_in_use")
    assert "'mcu-1'" in answer.json()["detail"]
    assert DeviceEvent.objects.filter(device=row(), text__contains="claimed to be mcu-2").exists()


def test_another_gateway_does_not_take_a_child_over() -> None:
    child = chip()
    join(machine(), child)
    answer = join(machine("gw-2"), child)
    assert (answer.status_code, answer.json()["code"]) == (409, "other_way")


def test_a_gateway_cannot_claim_a_device_that_calls_itself() -> None:
    gateway, camera = machine(), machine("cam-1")
    thief = Machine("cam-1", target="cortex-m4f")
    assert join(gateway, thief).json()["code"] == "other_way"
    key_use.key_revoke(device=row("cam-1"), by=SYSTEM, reason="lost")
    assert join(gateway, thief).json()["code"] == "other_board"
    assert row("cam-1").behind is None
    assert camera.controller_id == "cam-1"


def test_a_child_moves_to_another_gateway_after_its_key_was_revoked() -> None:
    join(machine(), chip())
    other = machine("gw-2")
    key_use.key_revoke(device=row(), by=SYSTEM, reason="moved")
    assert join(other, chip(), OTHER_BOARD).json()["code"] == "other_board"
    assert join(other, chip()).json()["state"] == "pending"
    assert row().behind == row("gw-2")


def test_a_gateway_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(childhood, "CHILDREN_MAX", 1)
    gateway = machine()
    join(gateway, chip())
    assert join(gateway, chip("mcu-2"), OTHER_BOARD).json()["code"] == "children_full"


def test_rest_shows_who_is_behind_whom() -> None:
    gateway = machine()
    join(gateway, chip())
    join(gateway, chip("mcu-2"), OTHER_BOARD)
    gate = row("gw-1").public_id
    reader, writer = client("viewer"), client("operator")
    listed = reader.get(f"/api/v1/devices/?behind={gate}").json()["results"]
    assert {each["controller_id"] for each in listed} == {"mcu-1", "mcu-2"}
    assert {each["behind"] for each in listed} == {gate}
    shown = writer.post(f"/api/v1/devices/{gate}/accept-children/").json()
    assert shown["accepts_children"] is True
    assert row("mcu-2").state == "accepted"
    assert reader.get(f"/api/v1/devices/{row().public_id}/").json()["hardware_id"] == BOARD.hex()


def test_a_child_of_a_full_gateway_comes_back(monkeypatch: Any) -> None:
    gateway, child = machine(), chip()
    join(gateway, child)
    monkeypatch.setattr(childhood, "CHILDREN_MAX", 1)
    key_use.key_revoke(device=row(), by=SYSTEM, reason="lost")
    again = chip()
    answer = join(gateway, again)
    assert answer.status_code in (200, 201), answer.content
    assert join(gateway, chip("mcu-2"), OTHER_BOARD).json()["code"] == "children_full"
