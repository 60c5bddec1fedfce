"""The whole way: a published release, a group, waves, devices that poll, and all run it."""

import pytest

from fleet.devices.models import DeviceEvent
from ota import services
from ota.engine.states import AssignmentState, RolloutState, WaveState
from ota.models import Assignment, Instruction
from tests.ota import makers
from tests.ota.history import replay
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db


def test_canary_then_a_quarter_then_all() -> None:
    fleet = FleetSimulator(makers.devices(20))
    release = makers.release()
    rollout = makers.rollout(release, makers.group([d.device for d in fleet.devices.values()]))
    assert fleet.run(rollout) == RolloutState.DONE
    assert fleet.running() == {release.public_id: 20}
    assert [w.state for w in rollout.waves.all()] == [WaveState.PASSED] * 3
    sizes = [Assignment.objects.filter(wave=w).count() for w in rollout.waves.all()]
    assert sizes == [2, 3, 15]


def test_the_device_page_learns_what_runs() -> None:
    fleet = FleetSimulator(makers.devices(1))
    release = makers.release("2.0")
    device = fleet["cam-000"].device
    fleet.run(makers.rollout(release, makers.group([device])))
    device.refresh_from_db()
    assert device.running["release"] == release.public_id
    assert (device.running["model"], device.running["version"]) == ("digits", "2.0")
    texts = list(DeviceEvent.objects.filter(device=device).values_list("text", flat=True))
    assert "Update to digits 2.0: succeeded (runs)" in texts


def test_hundreds_of_devices_never_exceed_the_cap() -> None:
    fleet = FleetSimulator(makers.devices(200), rest=5)
    group = makers.group([d.device for d in fleet.devices.values()])
    rollout = makers.rollout(makers.release(), group, max_in_flight=40)
    assert fleet.run(rollout) == RolloutState.DONE
    seen = replay()
    assert 30 <= seen.peak <= 40
    assert seen.twice == 0
    assert fleet.running() == {rollout.release.public_id: 200}


def test_a_device_that_runs_it_already_is_skipped() -> None:
    devices = makers.devices(3)
    release = makers.release()
    devices[1].running = {"release": release.public_id}
    devices[1].save()
    fleet = FleetSimulator(devices)
    rollout = makers.rollout(release, makers.group(devices))
    assert fleet.run(rollout) == RolloutState.DONE
    skipped = Assignment.objects.get(state=AssignmentState.SKIPPED)
    assert skipped.device == devices[1]
    assert skipped.text == "the device runs this release already"
    assert fleet[devices[1].controller_id].installed == []


def test_a_tick_too_many_changes_nothing() -> None:
    _, rollout, assignment = makers.lonely()
    before = (Instruction.objects.count(), rollout.events.count())
    for _ in range(3):
        services.rollouts_tick()
    assert (Instruction.objects.count(), rollout.events.count()) == before
    assert assignment.state == AssignmentState.OFFERED


def test_a_draft_does_not_move() -> None:
    devices = makers.devices(2)
    rollout = makers.rollout(makers.release(), makers.group(devices), start=False)
    services.rollouts_tick()
    assert not Assignment.objects.filter(rollout=rollout).exists()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    assert rollout.state == RolloutState.ABORTED
