"""Pause, resume, abort and roll back do what their names say, at any moment."""

from ota.engine.commands import CancelAssignment, CancelPlanned
from ota.engine.rules import WaveRule
from ota.engine.states import AssignmentState, FailureCause, Kind, RolloutState, WaveState
from ota.engine.transitions import AssignmentStep, RolloutStep
from tests.ota.engine.worlds import finish_wave, running

ONE_WAVE = (WaveRule(100),)
A = AssignmentState


def test_paused_takes_no_new_device() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.operate(RolloutStep.PAUSE)
    world.install()
    assert world.tick() == ()
    assert world.states().count(A.SUCCEEDED) == 4


def test_resume_goes_on_where_it_stopped() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.operate(RolloutStep.PAUSE)
    world.operate(RolloutStep.RESUME)
    finish_wave(world)
    assert world.states().count(A.SUCCEEDED) == 20


def test_abort_cancels_the_planned_and_asks_those_under_way() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.operate(RolloutStep.ABORT)
    commands = world.tick()
    assert CancelPlanned("the rollout was aborted") in commands
    assert [cmd.assignment for cmd in commands if isinstance(cmd, CancelAssignment)] == [0, 1, 2, 3]
    assert world.states()[:2] == [A.CANCELLING, A.CANCELLED]
    assert world.state is RolloutState.ABORTING


def test_abort_ends_when_the_last_device_has_answered() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.operate(RolloutStep.ABORT)
    world.tick()
    world.install()
    world.tick()
    assert world.state is RolloutState.ABORTED
    assert world.waves == [WaveState.CLOSED]


def test_a_refused_cancel_is_not_asked_again() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.operate(RolloutStep.ABORT)
    world.tick()
    world.step(0, AssignmentStep.CANCEL_REFUSED)
    assert world.tick() == ()
    world.step(0, AssignmentStep.SUCCEED)
    world.tick()
    assert world.state is RolloutState.ABORTED


def test_roll_back_takes_exactly_those_back_that_took_it() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.install()
    world.operate(RolloutStep.ROLL_BACK)
    finish_wave(world)
    back = [p.device for p in world.parts if p.kind is Kind.ROLLBACK]
    assert sorted(back) == [0, 1, 2, 3]
    assert world.state is RolloutState.ROLLED_BACK


def test_a_device_that_fell_silent_while_installing_is_taken_back_too() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.wait(300)
    world.tick()
    assert (world.parts[0].state, world.parts[0].cause) == (A.TIMED_OUT, FailureCause.TIMEOUT)
    world.operate(RolloutStep.ROLL_BACK)
    world.tick()
    assert world.parts[0].reverted


def test_a_failed_way_back_is_tried_again() -> None:
    world = running(devices=1, waves=ONE_WAVE, rollback_attempts=2, retry_seconds=10)
    finish_wave(world)
    world.operate(RolloutStep.ROLL_BACK)
    world.tick(rounds=2)
    world.sign()
    world.step(1, AssignmentStep.FAIL, FailureCause.DOWNLOAD)
    assert world.tick() == ()
    world.wait(10)
    finish_wave(world)
    assert world.parts[2].attempt == 2
    assert world.state is RolloutState.ROLLED_BACK


def test_even_a_finished_rollout_can_go_back() -> None:
    world = running(soak_seconds=0)
    for _ in range(4):
        finish_wave(world)
    assert world.state is RolloutState.DONE
    world.operate(RolloutStep.ROLL_BACK)
    finish_wave(world)
    assert sum(p.kind is Kind.ROLLBACK for p in world.parts) == 20
