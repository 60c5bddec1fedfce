"""The real agent and the real service: a copied folder is noticed, a key is replaced."""

import pytest

from device_agent.errors import Rejected
from device_agent.identity.keys import load_enrolment, make_device_key
from device_agent.identity.rotation import rotate_key
from fleet.devices.enrolment import join as enrolment
from fleet.devices.keys import use as key_use
from tests.agent_and_service.device import CONFIG, RealDevice, code, enrolled
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


def copied(device: RealDevice) -> RealDevice:
    """A second machine with the same storage, byte for byte."""
    other = RealDevice()
    other.storage = device.storage.copy()
    return other


def rotate(device: RealDevice) -> str:
    known = load_enrolment(device.storage)
    return rotate_key(storage=device.storage, wire=device.wire, clock=device.clock, enrolment=known)


def test_a_copied_folder_is_noticed_after_two_polls_of_each() -> None:
    device = enrolled()
    agents = [device.boot(), copied(device).boot()]
    for _ in range(2):
        for agent in agents:
            agent.visit()
    assert device.row.suspected_at is not None


def test_a_device_that_restarts_restores_and_restarts_is_not_noticed() -> None:
    device = enrolled()
    backup = device.storage.copy()
    for _ in range(3):
        device.boot().visit()
    device.storage = backup
    for _ in range(6):
        agent = device.boot()
        agent.visit()
        agent.visit()
    assert device.row.suspected_at is None


def test_a_replaced_key_puts_the_copy_out() -> None:
    device = enrolled()
    other = copied(device)
    fingerprint = rotate(device)
    assert device.row.key_fingerprint == fingerprint
    device.boot().visit()
    with pytest.raises(Rejected):
        other.boot().visit()
    with pytest.raises(Rejected):
        rotate(other)


def test_a_revoked_device_comes_back_with_a_new_key() -> None:
    device = enrolled()
    key_use.key_revoke(device=device.row, by=SYSTEM, reason="a copy was found")
    with pytest.raises(Rejected):
        device.boot().visit()
    with pytest.raises(Rejected, match="--new-key"):
        device.enrol(code())
    assert device.enrol(code(), new_key=True) == "accepted"
    device.boot().visit()


def test_a_registered_key_needs_no_code() -> None:
    device = RealDevice()
    public = make_device_key(device.storage).public_key().public_bytes_raw()
    enrolment.device_preload(
        controller_id=CONFIG.controller_id, target=CONFIG.target, public_key=public, by=SYSTEM
    )
    assert device.enrol("") == "accepted"
    device.boot().visit()
