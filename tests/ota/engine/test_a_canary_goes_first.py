"""Waves come one after the other, each after its success threshold and its soak time."""

from ota.engine.commands import Assign, MoveWave
from ota.engine.states import AssignmentState, RolloutState, WaveState
from ota.engine.transitions import WaveStep
from tests.ota.engine.worlds import finish_wave, running


def test_the_first_tick_opens_the_canary_only() -> None:
    world = running()
    assert world.tick() == (MoveWave(0, WaveStep.OPEN, "up to 2 of 20 devices"),)
    assert world.waves == [WaveState.UPDATING, WaveState.PENDING, WaveState.PENDING]


def test_only_devices_of_the_open_wave_are_assigned() -> None:
    world = running()
    world.tick(rounds=2)
    assert [cmd for cmd in world.log if isinstance(cmd, Assign)] == [Assign(0), Assign(1)]


def test_it_waits_for_the_soak_time() -> None:
    world = running()
    finish_wave(world)
    world.wait(59)
    assert world.tick() == ()
    world.wait(1)
    world.tick()
    assert world.waves[0] is WaveState.PASSED


def test_it_waits_for_the_last_device_of_the_wave() -> None:
    world = running()
    world.tick(rounds=2)
    world.wait(200)
    assert world.tick() == ()
    assert world.waves[0] is WaveState.UPDATING


def test_it_is_done_when_every_device_has_it() -> None:
    world = running()
    for _ in range(4):
        finish_wave(world)
        world.wait(60)
    assert world.state is RolloutState.DONE
    assert set(world.states()) == {AssignmentState.SUCCEEDED}


def test_a_lower_threshold_leaves_stragglers_behind_but_waits_for_them_at_the_end() -> None:
    world = running(success_percent=50, soak_seconds=0)
    world.tick(rounds=2)
    world.sign()
    from ota.engine.transitions import AssignmentStep

    world.step(0, AssignmentStep.SUCCEED)
    world.tick(rounds=3)
    assert world.waves[:2] == [WaveState.PASSED, WaveState.UPDATING]
    assert world.parts[1].state is AssignmentState.OFFERED


def test_an_empty_group_is_done_at_once() -> None:
    world = running(devices=0, soak_seconds=0)
    world.tick(rounds=12)
    assert world.state is RolloutState.DONE
