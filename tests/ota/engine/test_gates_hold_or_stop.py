"""A gate that fails stops the rollout, one in doubt holds it, and silence is doubt."""

from fleet.lib.verdict import Verdict
from ota.engine.rules import OnFailure
from ota.engine.states import RolloutState, WaveState
from ota.engine.transitions import RolloutStep
from tests.ota.engine.worlds import finish_wave, running
from tests.simulators.engine_world import World

GATES = ("telemetry",)


def soaked() -> World:
    world = running(gates=GATES)
    finish_wave(world)
    world.wait(60)
    return world


def test_a_gate_that_said_nothing_holds() -> None:
    world = soaked()
    assert world.tick() == ()


def test_doubt_holds_for_as_long_as_it_lasts() -> None:
    world = soaked()
    world.gate(0, Verdict.INCONCLUSIVE)
    world.wait(100_000)
    assert world.tick() == ()
    assert world.waves[0] is WaveState.SOAKING


def test_a_pass_lets_the_next_wave_open() -> None:
    world = soaked()
    world.gate(0, Verdict.PASS)
    world.tick(rounds=2)
    assert world.waves[:2] == [WaveState.PASSED, WaveState.UPDATING]


def test_a_wave_without_devices_has_nothing_to_judge() -> None:
    world = running(devices=1, gates=GATES)
    finish_wave(world)
    world.wait(60)
    world.gate(0, Verdict.PASS)
    world.tick(rounds=10)
    assert world.waves == [WaveState.PASSED] * 3
    assert world.state is RolloutState.DONE


def test_a_wave_whose_failures_were_forgiven_still_needs_its_gate() -> None:
    world = running(devices=1, gates=GATES)
    world.tick(rounds=2)
    world.install(fail=frozenset({0}))
    world.tick()
    world.wait(1)
    world.operate(RolloutStep.RESUME)
    world.wait(1000)
    world.tick(rounds=5)
    assert world.waves[0] is WaveState.SOAKING


def test_a_pass_before_the_soak_ends_is_not_enough() -> None:
    world = running(gates=GATES)
    finish_wave(world)
    world.gate(0, Verdict.PASS)
    assert world.tick() == ()


def test_a_failure_stops_at_once_even_while_updating() -> None:
    world = running(gates=GATES)
    world.tick(rounds=2)
    world.gate(0, Verdict.FAIL)
    world.tick()
    assert world.state is RolloutState.PAUSED
    assert world.reason == "wave 1: gate telemetry failed: measured"


def test_a_failure_can_take_everybody_back() -> None:
    world = running(gates=GATES, on_failure=OnFailure.ROLL_BACK)
    finish_wave(world)
    world.gate(0, Verdict.FAIL)
    world.tick()
    assert world.state is RolloutState.ROLLING_BACK


def test_resume_asks_the_gate_again_and_never_jumps_it() -> None:
    world = soaked()
    world.gate(0, Verdict.FAIL)
    world.tick()
    world.operate(RolloutStep.RESUME)
    assert world.waves[0] is WaveState.UPDATING
    world.tick()
    world.wait(60)
    assert world.tick() == ()
    assert world.waves == [WaveState.SOAKING, WaveState.PENDING, WaveState.PENDING]
