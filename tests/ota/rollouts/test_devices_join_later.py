"""Devices that come into the group later: nobody, while it runs, or for good."""

from typing import Any

import pytest

from fleet.devices.choices import GroupKind
from fleet.devices.models import Device, Group
from ota import services
from ota.engine.states import AssignmentState, RolloutState, WaveState
from ota.models import Assignment, Rollout, RolloutEvent
from registry.models import ModelVersion
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator, SimDevice, caller

pytestmark = pytest.mark.django_db
WAVES = [{"count": 1}, {"share_percent": 100}]


def started(**policy: Any) -> tuple[FleetSimulator, Rollout]:
    """A rollout to all cameras of the shop, of which there are two."""
    devices = makers.devices(2)
    Device.objects.update(labels={"site": "shop"})
    group = Group.objects.create(name="shop", kind=GroupKind.DYNAMIC, query="site=shop")
    rollout = makers.rollout(makers.release("1.0"), group, waves=WAVES, **policy)
    return FleetSimulator(devices), rollout


def come(fleet: FleetSimulator, *, prefix: str = "new", **changes: Any) -> Device:
    """One more camera of the shop."""
    (made,) = makers.devices(1, prefix=prefix)
    Device.objects.filter(pk=made.pk).update(labels={"site": "shop"}, **changes)
    made.refresh_from_db()
    some = next(iter(fleet.devices.values()))
    fleet.devices[made.controller_id] = SimDevice(made, caller(made), some.keys)
    fleet.signed_in = fleet.now
    return made


def part(device: Device) -> Assignment | None:
    return Assignment.objects.filter(device=device, latest=True).first()


def test_unless_the_policy_says_so_nobody_joins() -> None:
    fleet, rollout = started()
    fleet.step(rollout)
    device = come(fleet)
    assert fleet.run(rollout, seconds=40) == RolloutState.DONE
    assert part(device) is None


def test_while_it_runs_they_join_its_last_wave() -> None:
    fleet, rollout = started(joins="running", soak_seconds=100)
    fleet.step(rollout)
    device = come(fleet)
    fleet.step(rollout, seconds=40)
    joined = part(device)
    assert joined is not None
    assert (joined.wave.index, joined.position, joined.state) == (1, 2, AssignmentState.PLANNED)
    assert RolloutEvent.objects.get(step="join").text == "1 device came into the group"
    assert fleet.run(rollout, seconds=60) == RolloutState.DONE
    assert part(device) == joined
    joined.refresh_from_db()
    assert joined.state == AssignmentState.SUCCEEDED


def test_a_standing_one_gives_it_to_whoever_comes() -> None:
    fleet, rollout = started(joins="standing")
    assert fleet.run(rollout) == RolloutState.RUNNING
    assert {w.state for w in rollout.waves.all()} == {WaveState.PASSED}
    device = come(fleet)
    fleet.run(rollout, seconds=40)
    assert fleet[device.controller_id].running["release"] == rollout.release.public_id
    assert {w.state for w in rollout.waves.all()} == {WaveState.PASSED}
    fleet.step(rollout, seconds=100)
    assert Assignment.objects.filter(rollout=rollout).count() == 3


def test_what_is_newer_is_left_alone() -> None:
    fleet, rollout = started(joins="standing")
    fleet.run(rollout)
    newer = makers.release("2.0")
    assert ModelVersion.objects.count() == 2
    ahead = come(fleet, running={"release": newer.public_id, "version": "2.0"})
    promised = come(fleet, prefix="next")
    other = makers.rollout(newer, makers.group([promised], "others"))
    with fleet.time():
        services.rollout_tick(other.pk)
    fleet.step(rollout, seconds=40)
    texts = {
        row.device.controller_id: row.text for row in Assignment.objects.filter(rollout=rollout)
    }
    assert texts[ahead.controller_id] == "the device runs digits 2.0, which is newer"
    assert texts[promised.controller_id] == "another rollout gives it digits 2.0, which is newer"


def test_nobody_joins_a_wave_that_has_failed() -> None:
    fleet, rollout = started(joins="standing")
    rollout.waves.filter(index=1).update(state=WaveState.FAILED)
    device = come(fleet)
    fleet.step(rollout, seconds=40)
    assert part(device) is None
    services.rollout_abort(by=SYSTEM, rollout=Rollout.objects.get())
