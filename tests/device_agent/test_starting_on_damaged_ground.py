"""What a start makes of rotten slots, a lost state and a trial that was cut off."""

import pytest

from device_agent.agent import Agent
from device_agent.state.record import UpdatePhase
from tests.device_agent.simulators.bundles import WRONG, bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device

BLOCK = 4096


def with_versions(*versions: str, size: int = 0) -> SimDevice:
    device = enrolled_device()
    agent = device.boot()
    for version in versions:
        device.service.publish(version, bundle_of(version, size=size))
        device.update(agent)
    return device


def rot(device: SimDevice, path: str, at: int = 0) -> None:
    device.storage.files[path].data[at] ^= 1


def running(agent: Agent) -> str | None:
    slot = agent.state.running
    return agent.state.slots[slot].version if slot else None


@pytest.mark.parametrize(
    "path", ["manifest.json", "libmodel.so", "golden.bin", "telemetry_schema.json"]
)
def test_a_rotten_slot_is_left_for_the_other(path: str) -> None:
    device = with_versions("1.0", "2.0")
    rot(device, f"slot-b/{path}")
    agent = device.boot()
    assert running(agent) == "1.0"
    agent.visit()
    assert device.service.attributes["version"] == "1.0"


def test_every_block_of_a_slot_is_looked_at() -> None:
    device = with_versions("1.0", "2.0", size=5 * BLOCK)
    clean = device.storage.copy()
    for at in range(0, len(clean.files["slot-b/libmodel.so"].data), BLOCK):
        device.storage = clean.copy()
        rot(device, "slot-b/libmodel.so", at)
        assert running(device.boot()) == "1.0"


def test_with_both_slots_rotten_nothing_runs_and_the_device_can_still_be_mended() -> None:
    device = with_versions("1.0", "2.0")
    rot(device, "slot-a/libmodel.so")
    rot(device, "slot-b/libmodel.so")
    agent = device.boot()
    assert running(agent) is None
    action = device.service.publish("3.0", bundle_of("3.0"))
    device.update(agent)
    assert action.state == "success"
    assert running(agent) == "3.0"


def test_a_lost_state_is_rebuilt_from_what_the_slots_prove() -> None:
    device = with_versions("1.0", "2.0")
    for path in ("state.0", "state.1"):
        device.storage.files[path].data[:] = b"rot"
    agent = device.boot()
    assert running(agent) == "2.0"
    assert agent.state.floor == 2
    agent.visit()
    assert device.service.attributes["version"] == "2.0"


def test_a_rebuilt_state_does_not_revive_what_failed() -> None:
    device = with_versions("1.0")
    device.service.publish("2.0", bundle_of("2.0", library=WRONG))
    device.update(device.boot())
    for path in ("state.0", "state.1"):
        del device.storage.files[path]
    assert running(device.boot()) == "1.0"


def test_a_slot_that_somebody_else_signed_is_not_revived() -> None:
    device = with_versions("1.0")
    device.storage.files["slot-a/signed.json"].data[:] = b'{"instruction": 1, "artifact": 2}'
    for path in ("state.0", "state.1"):
        del device.storage.files[path]
    assert running(device.boot()) is None


def on_trial() -> SimDevice:
    device = with_versions("1.0")
    device.service.publish("2.0", bundle_of("2.0"))
    agent = device.boot()
    agent.visit()
    assert agent.state.phase is UpdatePhase.TRIAL
    return device


def test_a_trial_goes_on_after_a_restart() -> None:
    device = on_trial()
    agent = device.boot()
    assert running(agent) == "2.0"
    device.update(agent)
    agent.check_trial()
    agent.visit()
    assert device.service.actions[-1].state == "success"


def test_a_model_that_ends_the_agent_three_times_is_given_up() -> None:
    device = on_trial()
    for _ in range(3):
        assert running(device.boot()) == "2.0"
    agent = device.boot()
    assert running(agent) == "1.0"
    agent.visit()
    told = device.service.actions[-1].feedback[-1]
    assert told.details[0].startswith("trial: It was started 3 times")


def test_fifty_more_cuts_do_not_end_in_a_loop() -> None:
    device = on_trial()
    for _ in range(50):
        agent = device.boot()
    assert running(agent) == "1.0"
    agent.visit()
    assert len(device.service.actions[-1].terminal) == 1


def test_a_slot_that_rots_while_on_trial_is_reverted() -> None:
    device = on_trial()
    rot(device, "slot-b/libmodel.so")
    agent = device.boot()
    assert running(agent) == "1.0"
    agent.visit()
    assert device.service.actions[-1].state == "failure"


def test_the_old_slot_rotting_during_a_trial_leaves_the_new_one() -> None:
    device = on_trial()
    rot(device, "slot-a/libmodel.so")
    agent = device.boot()
    assert running(agent) == "2.0"
    assert agent.state.phase is UpdatePhase.IDLE


def test_every_start_has_its_own_number() -> None:
    device = with_versions("1.0")
    numbers = [device.boot().state.boot_id for _ in range(4)]
    assert numbers == sorted(set(numbers))
