"""The cap counts everything between assigned and finished; a wave may have a smaller one."""

from ota.engine.commands import Assign
from ota.engine.rules import WaveRule
from ota.engine.states import Kind
from ota.engine.transitions import AssignmentStep, RolloutStep
from tests.ota.engine.worlds import finish_wave, running

ONE_WAVE = (WaveRule(100),)


def test_no_more_than_the_cap_are_assigned() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=5)
    assert world.in_flight() == 4


def test_a_finished_device_gives_its_slot_to_the_next() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.SUCCEED)
    assert world.tick() == (Assign(4),)


def test_a_cancelling_device_keeps_its_slot() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.step(0, AssignmentStep.CANCEL)
    assert world.tick() == ()


def test_a_wave_may_be_narrower_than_the_rollout() -> None:
    world = running(waves=(WaveRule(100, max_in_flight=2),))
    world.tick(rounds=5)
    assert world.in_flight() == 2


def test_the_way_back_has_its_own_wider_cap() -> None:
    world = running(waves=ONE_WAVE, rollback_max_in_flight=7)
    finish_wave(world)
    world.operate(RolloutStep.ROLL_BACK)
    world.tick(rounds=3)
    assert world.in_flight(Kind.ROLLBACK) == 7
