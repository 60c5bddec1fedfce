"""The real agent against the real service, where an update ends otherwise than by its last word."""

import pytest

from device_agent.errors import Rejected, ServiceUnreachable
from device_agent.state import slots
from device_agent.state.record import Slot, UpdatePhase
from fleet.devices import services as devices
from ota import selectors, services
from ota.models import Assignment, RolloutEvent
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, enrolled, offer, state_of, update
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def device() -> RealDevice:
    return enrolled()


def rot(device: RealDevice, slot: Slot) -> None:
    """The medium forgets a byte of every file of a slot."""
    for path, inode in device.storage.files.items():
        if path.startswith(f"{slots.folder(slot)}/") and inode.data:
            inode.data[0] ^= 1


def test_a_slot_that_rots_is_a_fall_back_that_its_rollout_hears_of(device: RealDevice) -> None:
    agent = device.boot()
    taken: list[Assignment] = []
    for number, label in enumerate(("1.0", "2.0")):
        taken.append(offer(device, releases.release(label), f"lab-{number}"))
        update(agent)
    agent.visit()
    assert device.row.running["version"] == "2.0"
    assert agent.state.active is not None
    rot(device, agent.state.active)
    device.boot().visit()
    assert device.row.running["version"] == "1.0"
    assert [state_of(assignment) for assignment in taken] == ["succeeded", "failed"]
    assert taken[1].cause == "fell_back"
    event = RolloutEvent.objects.get(rollout=taken[1].rollout, step="fall_back")
    assert "cam-01 fell back by itself from digits 2.0" in event.text
    assert "fell back by itself" in selectors.device_explanation(device.row)


def test_a_device_whose_slots_both_rot_runs_nothing_and_says_so(device: RealDevice) -> None:
    agent = device.boot()
    assignment = offer(device, releases.release())
    update(agent)
    agent.visit()
    for slot in Slot:
        rot(device, slot)
    device.boot().visit()
    assert device.row.running == {}
    assert state_of(assignment) == "failed"
    assert "runs no model" in selectors.device_explanation(device.row)


def test_what_was_withdrawn_unread_is_acknowledged(device: RealDevice) -> None:
    assignment = offer(device, releases.release())
    services.rollout_abort(by=SYSTEM, rollout=assignment.rollout, reason="a test")
    services.rollout_tick(assignment.rollout_id)
    assert state_of(assignment) == "cancelled"
    agent = device.boot()
    agent.visit()
    said = [event.step for event in assignment.events.all()]
    assert said[0] == "cancel_accepted"
    assert agent.state.phase is UpdatePhase.IDLE
    update_again = offer(device, releases.release("2.0"), "again")
    update(agent)
    assert state_of(update_again) == "succeeded"


def test_one_that_is_rejected_while_it_downloads_holds_nothing(device: RealDevice) -> None:
    assignment = offer(device, releases.release())
    device.wire.cut_at = 600
    agent = device.boot()
    with pytest.raises(ServiceUnreachable):
        agent.visit()
    devices.device_reject(device=device.row, by=SYSTEM)
    device.wire.cut_at = None
    with pytest.raises(Rejected):
        agent.visit()
    for _ in range(2):  # three waves, each opened and passed
        services.rollout_tick(assignment.rollout_id)
    assert state_of(assignment) == "skipped"
    assignment.rollout.refresh_from_db()
    assert assignment.rollout.state == "done"
    devices.device_accept(device=device.row, by=SYSTEM)
    agent.visit()
    later = offer(device, releases.release("2.0"), "again")
    update(agent)
    assert state_of(later) == "succeeded"
