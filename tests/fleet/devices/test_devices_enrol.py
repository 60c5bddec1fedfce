"""Joining the fleet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from device_agent.protocol.enrol import dump_enrol_request
from fleet.access.models import AuditEntry
from fleet.devices.choices import DeviceState
from fleet.devices.models import Device, DeviceEvent, EnrolmentCode
from fleet.lib import clock
from tests.fleet.devices.factories import Machine, code, device, told

pytestmark = pytest.mark.django_db


def test_a_code_and_a_proof_join() -> None:
    answer = Machine().enrol(code(labels={"lot": "B7"}))
    assert answer.status_code == 201, answer.data
    assert answer.data["state"] == "accepted"
    assert answer.data["poll_url"].endswith("/controller/v1/cam-01")
    assert answer.data["trust"]["director"][0]["public"]
    assert Device.objects.get().labels == {"lot": "B7"}


def test_joining_writes_the_timeline_and_the_audit_log() -> None:
    Machine().enrol(code())
    text = DeviceEvent.objects.get().text
    assert text == "Joined with the code 'line 1', accepted by its policy"
    entry = AuditEntry.objects.get(action="devices.device_enrol")
    assert (entry.actor_kind, entry.actor_label) == ("device", "cam-01")


def test_a_code_without_auto_accept_leaves_the_device_waiting() -> None:
    assert Machine().enrol(code(auto_accept=False)).data["state"] == "pending"


def test_the_same_device_may_repeat_its_call_and_uses_no_code_twice() -> None:
    machine, secret = Machine(), code(uses=1)
    assert machine.enrol(secret).status_code == 201
    again = machine.enrol(secret)
    assert (again.status_code, again.data["controller_id"]) == (200, "cam-01")
    assert EnrolmentCode.objects.get().uses_left == 0
    assert Device.objects.count() == 1


def test_a_code_joins_no_more_devices_than_it_says() -> None:
    secret = code(uses=1)
    Machine("a").enrol(secret)
    refused = Machine("b").enrol(secret)
    assert (refused.status_code, refused.data["code"]) == (403, "bad_code")
    assert Device.objects.count() == 1


def test_an_expired_a_revoked_and_an_unknown_code_get_one_answer() -> None:
    old, revoked = code(hours=1), code()
    answers = [told(Machine("x").enrol("ef_enr_guess"))]
    with clock.fixed(clock.now() + timedelta(hours=2)):
        answers.append(told(Machine("x").enrol(old)))
    EnrolmentCode.objects.update(revoked_at=clock.now())
    answers.append(told(Machine("x").enrol(revoked)))
    assert answers[0] == answers[1] == answers[2]
    assert not Device.objects.exists()


def test_another_key_for_an_enrolled_controller_is_refused() -> None:
    secret = code()
    Machine("a").enrol(secret)
    thief = Machine("a").enrol(secret)
    assert (thief.status_code, thief.data["code"]) == (409, "other_key")


def test_one_key_is_one_device() -> None:
    machine, secret = Machine("a"), code()
    machine.enrol(secret)
    clone = Machine("b", key=machine.key).enrol(secret)
    assert (clone.status_code, clone.data["code"]) == (409, "key_in_use")
    assert EnrolmentCode.objects.get().uses_left == 99


def test_a_proof_by_another_key_is_refused() -> None:
    answer = Machine().enrol(code(), proof=b"\0" * 64)
    assert (answer.status_code, answer.data["code"]) == (401, "bad_proof")


def test_a_proof_for_another_controller_is_refused() -> None:
    secret = code()
    answer = Machine("a").enrol(secret, controller_id="b")
    assert answer.status_code == 401
    assert not Device.objects.exists()


def test_an_unknown_target_is_refused_by_name() -> None:
    answer = Machine(target="z80").enrol(code())
    assert answer.status_code == 400
    assert "z80" in answer.data["detail"]


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_that_addresses_would_swallow_is_refused(name: str) -> None:
    answer = Machine(name).enrol(code())
    assert answer.status_code == 400
    assert "more than dots" in answer.data["detail"]


def test_a_decommissioned_device_stays_out() -> None:
    machine, secret = Machine(), code()
    machine.enrol(secret)
    Device.objects.update(state="decommissioned")
    assert machine.enrol(secret).status_code == 410


@pytest.mark.parametrize(
    "changes",
    [{"controller_id": "../x"}, {"public_key": b"short"}, {"proof": b""}, {"code": "x" * 200}],
)
def test_a_malformed_enrolment_is_refused(changes: dict[str, Any]) -> None:
    body = dump_enrol_request(replace(Machine().request("code"), **changes))
    answer = APIClient().post("/device/v1/enrol", body, format="json")
    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"


def test_the_code_itself_is_nowhere_in_the_database() -> None:
    secret = code()
    row = EnrolmentCode.objects.values().get()
    assert secret not in str(row)


@pytest.mark.parametrize("target", ["linux-x86_64", "none.such"])
def test_a_stranger_cannot_ask_which_controller_ids_there_are(target: str) -> None:
    known = device("cam-07")
    gone = device("cam-08", public_key="", key_fingerprint="", awaits_key=True)
    Device.objects.filter(pk=gone.pk).update(state=DeviceState.DECOMMISSIONED)
    answers = [
        Machine(name, target).enrol("ef_enr_guessed")
        for name in (known.controller_id, gone.controller_id, "cam-nowhere")
    ]
    assert len({(answer.status_code, str(told(answer))) for answer in answers}) == 1
