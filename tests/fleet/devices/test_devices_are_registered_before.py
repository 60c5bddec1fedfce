"""A device whose key was made in the factory is accepted before it ever calls."""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.devices.enrolment import join as enrolment
from fleet.devices.models import Device, RetiredKey
from fleet.lib.errors import Conflict, Forbidden, Refused
from tests.fleet.devices.factories import Machine, device
from tests.personas import SYSTEM, client

pytestmark = pytest.mark.django_db


def preload(machine: Machine, **changes: Any) -> Device:
    fields: dict[str, Any] = {
        "controller_id": machine.controller_id,
        "target": machine.target,
        "public_key": machine.public_key,
        "by": SYSTEM,
    }
    return enrolment.device_preload(**fields | changes)


def test_it_enrols_without_a_code_and_needs_nobody() -> None:
    machine = Machine()
    made = preload(machine, labels={"lot": "B7"}, name="gate 4")
    assert (made.state, made.labels, made.name) == ("accepted", {"lot": "B7"}, "gate 4")
    answer = machine.enrol("")
    assert (answer.status_code, answer.data["state"]) == (200, "accepted")
    assert answer.data["trust"]["director"]
    assert machine.session().status_code == 200


def test_without_its_key_nobody_enrols_in_its_place() -> None:
    preload(Machine())
    assert Machine().enrol("").data["code"] == "bad_code"


def test_who_is_not_registered_needs_a_code() -> None:
    assert Machine("other").enrol("").data["code"] == "bad_code"


def test_it_is_in_the_audit_log_with_its_key() -> None:
    made = preload(Machine())
    entry = AuditEntry.objects.get(action="devices.device_preload")
    assert (entry.subject, entry.detail["key"]) == (made.public_id, made.key_fingerprint)


def test_a_client_of_another_maker_is_registered_without_a_key() -> None:
    made = preload(Machine("swupdate-1"), public_key=b"")
    assert (made.public_key, made.state) == ("", "accepted")
    preload(Machine("swupdate-2"), public_key=b"")


def test_names_and_keys_are_taken_once() -> None:
    machine = Machine()
    preload(machine)
    with pytest.raises(Conflict, match="already a device"):
        preload(Machine())
    with pytest.raises(Conflict, match="belongs to another"):
        preload(machine, controller_id="other")


def test_a_key_that_is_over_is_refused() -> None:
    machine, row = Machine(), device("old")
    gone = preload(machine).key_fingerprint
    Device.objects.filter(controller_id=machine.controller_id).delete()
    RetiredKey.objects.create(fingerprint=gone, device=row, reason="lost")
    with pytest.raises(Forbidden, match="is retired or revoked"):
        preload(machine)


@pytest.mark.parametrize(
    "changes",
    [
        {"controller_id": "a b"},
        {"controller_id": "."},
        {"controller_id": ""},
        {"target": "z80"},
        {"public_key": b"short"},
        {"name": "x" * 65},
        {"labels": {"9": "x"}},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        preload(Machine(), **changes)
    assert not Device.objects.exists()


def test_it_is_registered_over_rest() -> None:
    machine = Machine()
    body = {
        "controller_id": "cam-01",
        "target": machine.target,
        "public_key": machine.public_key.hex(),
    }
    made = client("operator").post("/api/v1/devices/", body, format="json")
    assert (made.status_code, made.data["state"]) == (201, "accepted")
    assert machine.session().status_code == 200
    wrong = client("operator").post("/api/v1/devices/", body | {"public_key": "12"}, format="json")
    assert wrong.status_code == 400
