"""A device's new key is signed by its old one and by itself; the old one is over at once."""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.devices.choices import DeviceState
from fleet.devices.lifecycle import require_accepted
from fleet.devices.models import Device, RetiredKey
from fleet.lib import clock
from tests.fleet.devices.factories import Machine, code, device, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def old() -> Machine:
    made = Machine()
    device(machine=made)
    return made


def test_the_new_key_opens_sessions_and_the_old_one_none(old: Machine) -> None:
    new, token = Machine(), old.client()
    answer = old.rotate(new)
    assert answer.status_code == 200, answer.data
    assert answer.data["key"] == Device.objects.get().key_fingerprint
    assert new.session().status_code == 200
    assert old.session().status_code == 401
    assert token.get("/default/controller/v1/cam-01").status_code == 401
    assert AuditEntry.objects.get(action="devices.key_rotate").detail["after"] == answer.data["key"]


def test_an_answer_that_got_lost_may_be_asked_for_again(old: Machine) -> None:
    new = Machine()
    assert old.rotate(new).status_code == 200
    assert old.rotate(new).status_code == 200
    assert RetiredKey.objects.count() == 1


@pytest.mark.parametrize("proof", ["old_proof", "new_proof"])
def test_both_keys_must_sign(old: Machine, proof: str) -> None:
    answer = old.rotate(Machine(), **{proof: b"\0" * 64})
    assert (answer.status_code, answer.data["code"]) == (401, "bad_proof")


def test_another_devices_key_signs_nothing(old: Machine) -> None:
    thief, new = Machine("cam-01"), Machine()
    assert thief.rotate(new).status_code == 401
    assert told(Machine("nobody").rotate(new)) == told(thief.rotate(new))


def test_a_recorded_request_is_worth_nothing_later(old: Machine) -> None:
    challenge = old.challenge()
    old.session(challenge)
    answer = old.rotate(Machine(), challenge=challenge)
    assert answer.status_code == 401


def test_a_key_never_comes_back(old: Machine) -> None:
    new = Machine()
    old.rotate(new)
    assert new.rotate(old).data["code"] == "retired_key"
    assert Machine("cam-02", key=old.key).enrol(code()).data["code"] == "retired_key"


def test_a_key_of_another_device_is_refused(old: Machine) -> None:
    other = Machine("cam-02")
    device("cam-02", other)
    assert old.rotate(other).data["code"] == "key_in_use"
    assert old.session().status_code == 200


def test_while_two_devices_are_suspected_neither_takes_the_key_over(old: Machine) -> None:
    Device.objects.update(suspected_at=clock.now())
    assert old.rotate(Machine()).data["code"] == "suspected"


@pytest.mark.parametrize(
    ("state", "status"), [("pending", 403), ("rejected", 403), ("decommissioned", 410)]
)
def test_only_accepted_devices_replace_their_key(old: Machine, state: str, status: int) -> None:
    Device.objects.update(state=state)
    assert old.rotate(Machine()).status_code == status


@pytest.mark.parametrize("body", [{}, {"controller_id": "cam-01"}, []])
def test_half_a_request_is_refused(old: Machine, body: Any) -> None:
    assert old._post("key", body).status_code == 400


@pytest.mark.parametrize("change", [{"state": DeviceState.REJECTED}, {"suspected_at": clock.now()}])
def test_a_device_stopped_between_the_look_and_the_change_keeps_its_key(
    old: Machine, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def then_stopped(state: str) -> None:
        require_accepted(state)
        Device.objects.update(**change)

    monkeypatch.setattr("fleet.devices.keys.rotation.require_accepted", then_stopped)
    answer = old.rotate(Machine())
    assert (answer.status_code, answer.data["code"]) == (409, "stale")
    assert Device.objects.get().public_key == old.public_key.hex()
    assert not RetiredKey.objects.exists()
