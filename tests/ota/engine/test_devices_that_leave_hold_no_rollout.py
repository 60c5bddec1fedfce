"""A device that leaves the fleet in the middle ends its part at once, and nothing is counted."""

import pytest

from ota.engine.rules import WaveRule
from ota.engine.states import AssignmentState, RolloutState, WaveState
from ota.engine.transitions import AssignmentStep, RolloutStep
from tests.ota.engine.worlds import finish_wave, running

ONE_WAVE = (WaveRule(100),)
A = AssignmentState


def test_the_others_are_all_that_a_wave_waits_for() -> None:
    world = running(devices=4, waves=ONE_WAVE, soak_seconds=0)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.retire(0)
    finish_wave(world)
    assert world.state is RolloutState.DONE
    assert world.states().count(A.SUCCEEDED) == 3


def test_it_is_neither_a_failure_nor_a_success() -> None:
    world = running(devices=4, waves=ONE_WAVE)
    world.tick(rounds=2)
    world.retire(0)
    tally = world.tally(0)
    assert (tally.population, tally.finished, tally.skipped) == (3, 0, 1)


def test_its_place_is_free_at_once() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.retire(0)
    world.tick()
    assert world.in_flight() == 4
    assert world.parts[4].state is A.ASSIGNED


@pytest.mark.parametrize("step", [RolloutStep.ABORT, RolloutStep.ROLL_BACK])
def test_a_stopped_rollout_ends_without_it(step: RolloutStep) -> None:
    world = running(devices=2, waves=ONE_WAVE)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.operate(step)
    world.tick()
    assert world.parts[0].state is A.CANCELLING
    world.retire(0)
    world.tick()
    assert world.state in (RolloutState.ABORTED, RolloutState.ROLLED_BACK)


def test_a_wave_that_all_devices_left_is_empty() -> None:
    world = running(devices=10)
    world.tick(rounds=2)
    world.retire(0)
    world.tick(rounds=3)
    assert world.waves[0] is WaveState.PASSED
