"""A copied key is flagged at the copies' next polls, told of once, and ended by a person."""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.devices.keys import use as key_use
from fleet.devices.models import Device, DeviceEvent, KeyUse
from fleet.lib.errors import Conflict, Refused
from tests.fleet.devices.factories import Machine, code, device
from tests.personas import SYSTEM, client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(settings: Any) -> None:
    settings.EDGEFLEET_PRESENCE_SECONDS = 0


@pytest.fixture
def machine() -> Machine:
    made = Machine(instance="first")
    device(machine=made)
    return made


def copy_of(machine: Machine, instance: str = "second", boot: int = 1) -> Machine:
    return Machine(
        machine.controller_id, key=machine.key, instance=instance, boot=boot, address="10.9.9.9"
    )


def row() -> Device:
    return Device.objects.get(controller_id="cam-01")


def suspicion(machine: Machine) -> Machine:
    """Both copies poll until they are noticed; returns the copy."""
    other = copy_of(machine)
    for _ in range(2):
        assert (machine.visit(), other.visit()) == (200, 200)
    return other


def test_two_copies_are_noticed_at_their_second_polls(machine: Machine) -> None:
    other = copy_of(machine)
    machine.visit()
    other.visit()
    machine.visit()
    assert row().suspected_at is None, "one return may be a restored machine"
    other.visit()
    assert row().suspected_at is not None


def test_a_device_is_never_turned_away_for_it(machine: Machine) -> None:
    other = suspicion(machine)
    assert (machine.visit(), other.visit()) == (200, 200)


def test_it_is_told_once_with_both_addresses(machine: Machine) -> None:
    other = suspicion(machine)
    for _ in range(3):
        machine.visit()
        other.visit()
    entry = AuditEntry.objects.get(action="devices.key_suspect")
    assert entry.actor_label == "key watch"
    assert entry.detail["addresses"] == ["10.0.0.1", "10.9.9.9"]
    assert DeviceEvent.objects.filter(text__startswith="Two devices seem to use one key").count()


def test_a_device_that_restarts_and_polls_is_not_suspected(machine: Machine) -> None:
    for boot in range(30):
        again = Machine("cam-01", key=machine.key, instance=f"run-{boot}", boot=boot)
        assert again.visit() == 200
        assert again.visit() == 200
    assert row().suspected_at is None


def test_a_run_that_was_followed_has_no_session_any_more(machine: Machine) -> None:
    old = machine.client()
    copy_of(machine).visit()
    answer = old.get(f"/default/controller/v1/{machine.controller_id}")
    assert answer.status_code == 401


def test_an_older_agent_that_names_no_run_is_served_and_not_judged() -> None:
    old, twin = Machine("cam-01"), Machine("cam-01")
    twin.key = old.key
    device(machine=old)
    for _ in range(4):
        assert (old.visit(), twin.visit()) == (200, 200)
    assert row().suspected_at is None
    assert not KeyUse.objects.exists()


def test_a_session_costs_a_bounded_number_of_queries(
    machine: Machine, django_assert_max_num_queries: Any
) -> None:
    machine.session()
    challenge = machine.challenge()
    with django_assert_max_num_queries(6):
        machine.session(challenge)


def test_dismissing_needs_a_reason_and_lasts_while_nothing_new_comes(machine: Machine) -> None:
    other = suspicion(machine)
    with pytest.raises(Refused, match="reason"):
        key_use.key_dismiss(device=row(), by=SYSTEM, reason=" ")
    key_use.key_dismiss(device=row(), by=SYSTEM, reason="both stand in the lab")
    for _ in range(3):
        machine.visit()
        other.visit()
    assert row().suspected_at is None
    third = copy_of(machine, "third")
    for _ in range(2):
        machine.visit()
        third.visit()
    assert row().suspected_at is not None


def test_nobody_is_dismissed_who_was_not_suspected(machine: Machine) -> None:
    machine.visit()
    with pytest.raises(Conflict, match="Nobody suspects"):
        key_use.key_dismiss(device=row(), by=SYSTEM, reason="why not")


def test_a_revoked_key_puts_both_copies_out_at_once(machine: Machine) -> None:
    other = suspicion(machine)
    key_use.key_revoke(device=row(), by=SYSTEM, reason="a copy was found")
    assert machine.client().get("/default/controller/v1/cam-01").status_code == 401
    assert (machine.session().status_code, other.session().status_code) == (401, 401)
    held = row()
    assert (held.state, held.awaits_key, held.suspected_at) == ("pending", True, None)


def test_the_device_comes_back_with_a_code_and_a_new_key(machine: Machine) -> None:
    suspicion(machine)
    before = row()
    key_use.key_revoke(device=before, by=SYSTEM, reason="a copy was found")
    fresh = Machine("cam-01", instance="after")
    assert fresh.enrol("ef_enr_wrong").status_code == 403
    assert fresh.enrol(code()).status_code == 200
    assert row().public_id == before.public_id
    assert (row().state, row().awaits_key) == ("accepted", False)
    assert fresh.visit() == 200


def test_a_revoked_key_never_enrols_again(machine: Machine) -> None:
    suspicion(machine)
    key_use.key_revoke(device=row(), by=SYSTEM, reason="a copy was found")
    for name in ("cam-01", "cam-02"):
        thief = Machine(name, key=machine.key)
        answer = thief.enrol(code())
        assert (answer.status_code, answer.data["code"]) == (403, "retired_key")


def test_a_device_without_a_revoked_key_cannot_be_taken_over_with_a_code() -> None:
    device(public_key="", key_fingerprint="")
    assert Machine("cam-01").enrol(code()).data["code"] == "other_key"


def test_a_key_that_enrols_under_another_name_is_shown(machine: Machine) -> None:
    twin = Machine("cam-02", key=machine.key, address="10.9.9.9")
    assert twin.enrol(code()).data["code"] == "key_in_use"
    held = KeyUse.objects.get(device=row())
    assert held.evidence["sign"] == "another device enrolled with this key"
    assert held.evidence["runs"][0]["instance"] == "cam-02"
    assert row().suspected_at is not None
    key_use.key_dismiss(device=row(), by=SYSTEM, reason="a wrong image, flashed anew")
    twin.enrol(code())
    assert row().suspected_at is None


def test_a_stranger_without_a_code_raises_no_alarm(machine: Machine) -> None:
    twin = Machine("cam-02", key=machine.key)
    assert twin.enrol("ef_enr_wrong").status_code == 403
    assert row().suspected_at is None


def rest(who: str, method: str, path: str, body: object = None) -> Any:
    url = f"/api/v1/devices/{row().public_id}/{path}/"
    return getattr(client(who), method)(url, body, format="json")


def test_rest_shows_lists_dismisses_and_revokes(machine: Machine) -> None:
    device("cam-02")
    suspicion(machine)
    shown = rest("viewer", "get", "key-use").data
    assert shown["sign"] == "runs take turns"
    assert {run["instance"] for run in shown["runs"]} == {"first", "second"}
    listed = client("viewer").get("/api/v1/devices/?suspected=true").data["results"]
    assert [each["name"] for each in listed] == ["cam-01"]
    others = client("viewer").get("/api/v1/devices/?suspected=false").data["results"]
    assert [each["name"] for each in others] == ["cam-02"]
    assert rest("operator", "post", "dismiss-key", {}).status_code == 400
    told = rest("operator", "post", "dismiss-key", {"reason": "lab"})
    assert (told.status_code, told.data["suspected_at"]) == (200, None)
    assert rest("operator", "post", "dismiss-key", {"reason": "lab"}).status_code == 409
    gone = rest("operator", "post", "revoke-key", {"reason": "lost"})
    assert (gone.data["awaits_key"], gone.data["key_fingerprint"]) == (True, "")
    assert rest("operator", "post", "revoke-key", {"reason": "lost"}).status_code == 409
    assert AuditEntry.objects.filter(action="devices.key_revoke").get().detail["reason"] == "lost"
