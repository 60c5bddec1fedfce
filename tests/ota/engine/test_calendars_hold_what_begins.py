"""Start times and freezes hold what begins next, and nothing else; a pace counts by the minute."""

from datetime import timedelta

import pytest

from ota.engine.calendar import closed, opens_at
from ota.engine.rules import Freeze, OnFailure, WaveRule
from ota.engine.states import Kind, RolloutState, WaveState
from ota.engine.transitions import RolloutStep
from tests.ota.engine.worlds import finish_wave, rules, running
from tests.simulators.engine_world import START

HOUR = timedelta(hours=1)
CHRISTMAS = Freeze(START + HOUR, START + 3 * HOUR, "Christmas")


def test_nothing_begins_before_the_start_time() -> None:
    world = running(start_at=START + HOUR)
    world.tick(3)
    assert world.waves[:1] == [WaveState.PENDING]
    world.wait(3600)
    world.tick(3)
    assert world.waves[:1] == [WaveState.UPDATING]
    assert world.in_flight() == 2


def test_a_freeze_holds_the_next_wave_and_lets_those_under_way_finish() -> None:
    world = running(waves=(WaveRule(50), WaveRule(100)), soak_seconds=0, freezes=(CHRISTMAS,))
    world.tick(2)
    world.wait(3600)
    world.install()
    world.tick(4)
    assert world.in_flight() == 0
    assert "Christmas" in closed(world.rules, world.now)
    world.wait(2 * 3600)
    finish_wave(world)
    assert world.state is RolloutState.DONE


def test_a_freeze_does_not_keep_a_bad_release_in_the_field() -> None:
    world = running(
        waves=(WaveRule(50), WaveRule(100)),
        max_in_flight=20,
        freezes=(CHRISTMAS,),
        on_failure=OnFailure.ROLL_BACK,
    )
    world.tick(2)
    world.install(fail=frozenset({0, 1, 2, 3, 4}))
    world.wait(3600)
    world.tick(3)
    assert world.state is RolloutState.ROLLING_BACK
    assert world.in_flight(Kind.ROLLBACK) == 5


def test_freezes_that_touch_are_waited_for_together() -> None:
    other = Freeze(START + 3 * HOUR, START + 5 * HOUR)
    held = rules(freezes=(other, CHRISTMAS), start_at=START + 2 * HOUR)
    assert opens_at(held, START) == START + 5 * HOUR
    assert opens_at(held, START + 6 * HOUR) == START + 6 * HOUR
    assert not closed(held, START + 5 * HOUR)


def test_so_many_begin_in_a_minute_and_no_more() -> None:
    world = running(waves=(WaveRule(100),), max_in_flight=20, starts_per_minute=3)
    world.tick(4)
    assert world.in_flight() == 3
    world.install()
    world.tick(2)
    assert world.in_flight() == 0
    world.wait(60)
    world.tick(2)
    assert world.in_flight() == 3


def test_the_cap_grows_with_successes() -> None:
    world = running(waves=(WaveRule(100),), max_in_flight=8, in_flight_first=2)
    seen = []
    for _ in range(4):
        world.tick(2)
        seen.append(world.in_flight())
        world.install()
    assert seen == [2, 4, 8, 6]


@pytest.mark.parametrize(("devices", "told"), [(3, "up to 1 of 3"), (20, "up to 2 of 20")])
def test_a_wave_says_devices_and_not_a_share(devices: int, told: str) -> None:
    world = running(devices)
    (opened,) = world.tick()
    assert told in repr(opened)


def test_an_operator_who_aborts_is_not_held() -> None:
    world = running(freezes=(CHRISTMAS,))
    world.tick(2)
    world.wait(3600)
    world.operate(RolloutStep.ABORT)
    world.tick()
    world.install()
    world.tick(2)
    assert world.state is RolloutState.ABORTED
