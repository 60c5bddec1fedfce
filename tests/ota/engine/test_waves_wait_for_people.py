"""A wave with approvals opens once enough people said yes; a standing rollout does not end."""

from dataclasses import replace

from ota.engine.commands import MoveWave
from ota.engine.decide import decide
from ota.engine.rules import Joins, WaveRule
from ota.engine.states import RolloutState, WaveState
from ota.engine.transitions import RolloutStep, WaveStep
from ota.engine.view import Snapshot
from tests.ota.engine.worlds import finish_wave, running

ASKED = (WaveRule(10), WaveRule(100, approvals=2))


def approved(snapshot: Snapshot, wave: int, people: int) -> Snapshot:
    """The same rollout, once so many have approved a wave."""
    waves = [replace(w, approved=people) if w.index == wave else w for w in snapshot.waves]
    return replace(snapshot, waves=tuple(waves))


def test_a_wave_waits_until_enough_people_approved_it() -> None:
    world = running(waves=ASKED, soak_seconds=0)
    finish_wave(world)
    assert world.waves == [WaveState.PASSED, WaveState.PENDING]
    assert decide(approved(world.snapshot(), 1, 1), world.now) == ()
    (opens,) = decide(approved(world.snapshot(), 1, 2), world.now)
    assert isinstance(opens, MoveWave)
    assert (opens.index, opens.step) == (1, WaveStep.OPEN)


def test_a_standing_rollout_goes_on_when_every_wave_has_passed() -> None:
    world = running(joins=Joins.STANDING, soak_seconds=0)
    finish_wave(world)
    assert world.state is RolloutState.RUNNING
    assert set(world.waves) == {WaveState.PASSED}
    world.operate(RolloutStep.ABORT)
    world.tick(rounds=2)
    assert str(world.state) == "aborted"


def test_one_that_lets_devices_join_while_it_runs_ends() -> None:
    world = running(joins=Joins.RUNNING, soak_seconds=0)
    finish_wave(world)
    assert world.state is RolloutState.DONE
