"""A device that took the release and leaves it by itself has failed, whenever that is."""

import pytest

from ota.engine.judge import failure_reason
from ota.engine.rules import FailureRule, OnFailure, WaveRule
from ota.engine.states import AssignmentState, FailureCause, RolloutState, WaveState
from ota.engine.transitions import RolloutStep
from ota.engine.view import Tally
from tests.ota.engine.worlds import finish_wave, rules, running
from tests.simulators.engine_world import World

A = AssignmentState
ONE_WAVE = (WaveRule(100),)
TWO_WAVES = (WaveRule(50), WaveRule(100))


def second_wave_open(**changes: object) -> World:
    world = running(devices=8, waves=TWO_WAVES, success_percent=50, **changes)
    finish_wave(world)
    world.wait(60)
    world.tick(rounds=3)
    assert world.waves == [WaveState.PASSED, WaveState.UPDATING]
    return world


def test_one_that_leaves_while_the_wave_soaks_stops_it() -> None:
    world = running(devices=4, waves=ONE_WAVE, success_percent=50)
    finish_wave(world)
    assert world.waves == [WaveState.SOAKING]
    world.fall_back(0)
    world.tick()
    assert world.reason == "wave 1: failure: 1 of 4 finished devices, more than 20 % allowed"
    assert world.state is RolloutState.PAUSED


def test_a_rule_may_name_the_cause() -> None:
    strict = (FailureRule(percent=0, min_sample=1, cause=FailureCause.FELL_BACK),)
    fallen = Tally(succeeded=99, failed={FailureCause.FELL_BACK: 1})
    found = failure_reason(fallen, rules(failures=strict))
    assert found == "fell back: 1 of 100 finished devices, more than 0 % allowed"


def test_a_wave_does_not_pass_while_the_place_of_one_is_open() -> None:
    world = running(devices=10, waves=ONE_WAVE, max_in_flight=10, attempts=2, retry_seconds=0)
    finish_wave(world)
    world.fall_back(0)
    world.wait(60)
    world.tick(rounds=3)
    assert world.waves == [WaveState.SOAKING]
    finish_wave(world)
    assert world.waves == [WaveState.PASSED]


@pytest.mark.parametrize(
    ("action", "state"),
    [(OnFailure.PAUSE, RolloutState.PAUSED), (OnFailure.ROLL_BACK, RolloutState.ROLLING_BACK)],
)
def test_a_wave_that_had_passed_stops_the_next(action: OnFailure, state: RolloutState) -> None:
    world = second_wave_open(on_failure=action)
    world.fall_back(0, 1)
    world.tick()
    assert world.state is state
    assert world.reason == (
        "wave 1 had passed, and its devices fall back: "
        "failure: 2 of 4 finished devices, more than 20 % allowed"
    )
    assert world.waves[1] is WaveState.FAILED


def test_other_late_failures_of_a_passed_wave_stop_nothing() -> None:
    world = second_wave_open()
    world.parts[0].state, world.parts[0].cause = A.FAILED, FailureCause.INSTALL
    world.parts[1].state, world.parts[1].cause = A.FAILED, FailureCause.INSTALL
    world.tick()
    assert world.state is RolloutState.RUNNING


def test_it_also_stops_when_no_wave_is_left_to_fail() -> None:
    world = running(devices=4, waves=ONE_WAVE, success_percent=50, max_in_flight=3, soak_seconds=0)
    world.tick(rounds=2)
    world.install()
    world.tick(rounds=4)  # passed with three of four; the fourth is on its way
    assert world.waves == [WaveState.PASSED]
    world.fall_back(0, 1)
    world.tick()
    assert world.state is RolloutState.PAUSED
    assert world.waves == [WaveState.PASSED]


def test_an_operator_who_goes_on_is_not_stopped_by_the_same_devices() -> None:
    world = second_wave_open()
    world.fall_back(0, 1)
    world.tick()
    world.wait(1)
    world.operate(RolloutStep.RESUME)
    finish_wave(world)
    states = [world.state]
    world.fall_back(2)
    world.tick()
    assert [*states, world.state] == [RolloutState.RUNNING, RolloutState.PAUSED]
