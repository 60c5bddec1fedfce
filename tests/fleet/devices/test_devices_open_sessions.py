"""Challenge, signature, token."""

from datetime import timedelta

import pytest

from fleet.devices.authentication import device_of_token
from fleet.devices.keys import session_token as sessions
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import Unauthenticated
from tests.fleet.devices.factories import Machine, device, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine() -> Machine:
    machine = Machine()
    device(machine=machine)
    return machine


def test_a_signed_challenge_opens_a_session(machine: Machine) -> None:
    answer = machine.session()
    assert answer.status_code == 200, answer.data
    assert answer.data["expires_in"] == 3600
    assert device_of_token(answer.data["token"]).controller_id == "cam-01"


def test_an_answered_challenge_works_once(machine: Machine) -> None:
    challenge = machine.challenge()
    assert machine.session(challenge).status_code == 200
    again = machine.session(challenge)
    assert (again.status_code, again.data["code"]) == (401, "replayed")


def test_an_older_challenge_is_refused_after_a_newer_one(machine: Machine) -> None:
    older, newer = machine.challenge(), machine.challenge()
    machine.session(newer)
    assert machine.session(older).status_code == 401


def test_another_key_opens_nothing(machine: Machine) -> None:
    thief = Machine(machine.controller_id)
    assert thief.session().status_code == 401


def test_an_unknown_device_gets_the_same_answer_as_a_wrong_key(machine: Machine) -> None:
    unknown, thief = Machine("nobody").session(), Machine(machine.controller_id).session()
    assert told(unknown) == told(thief)


def test_a_challenge_for_another_device_is_refused(machine: Machine) -> None:
    other = Machine("other")
    device("other", other)
    assert machine.session(other.challenge()).status_code == 401


def test_a_challenge_expires(machine: Machine) -> None:
    challenge = machine.challenge()
    with clock.fixed(clock.now() + timedelta(seconds=121)):
        answer = machine.session(challenge)
    assert (answer.status_code, answer.data["code"]) == (401, "expired")


@pytest.mark.parametrize("text", ["x", "a:b:c", "x" * 2000])
def test_a_forged_challenge_is_refused(machine: Machine, text: str) -> None:
    assert machine.session(text).status_code in {400, 401}


@pytest.mark.parametrize(
    ("state", "status"), [("pending", 403), ("rejected", 403), ("decommissioned", 410)]
)
def test_only_accepted_devices_get_a_token(machine: Machine, state: str, status: int) -> None:
    Device.objects.update(state=state)
    assert machine.session().status_code == status


def test_a_token_expires() -> None:
    token = sessions.token_new("dev_x", "f" * 64)
    with (
        clock.fixed(clock.now() + timedelta(hours=2)),
        pytest.raises(Unauthenticated, match="expired"),
    ):
        sessions.token_claims(token)


@pytest.mark.parametrize("token", ["", "x", "x" * 5000])
def test_a_forged_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        sessions.token_claims(token)


def test_a_challenge_is_no_token(machine: Machine) -> None:
    with pytest.raises(Unauthenticated):
        sessions.token_claims(machine.challenge())


def test_a_token_dies_with_its_key(machine: Machine) -> None:
    token = machine.session().data["token"]
    Device.objects.update(key_fingerprint="0" * 64)
    with pytest.raises(Unauthenticated):
        device_of_token(token)
