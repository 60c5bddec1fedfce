"""1.0 everywhere; 2.0 fails in the field; the policy decides, and nobody has to be awake."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.lib.verdict import Verdict
from ota import services
from ota.engine.states import AssignmentState, Gate, Kind, RolloutState, WaveState
from ota.models import Assignment, AssignmentEvent, GateResult, Instruction, Release, Rollout, Wave
from ota.rollouts import gates
from ota.rollouts.apply import NO_WAY_BACK
from ota.rollouts.gates import GateAnswer
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db
FLEET = 12


def fleet_on_one() -> tuple[FleetSimulator, Release]:
    fleet = FleetSimulator(makers.devices(FLEET))
    first = makers.release("1.0")
    group = makers.group([d.device for d in fleet.devices.values()])
    fleet.run(makers.rollout(first, group, policy_name="all-at-once"))
    for device in fleet.devices.values():
        device.device.refresh_from_db()
    return fleet, first


def second(fleet: FleetSimulator, **overrides: Any) -> tuple[Release, Rollout]:
    release = makers.release("2.0")
    group = makers.group([d.device for d in fleet.devices.values()], name="again")
    return release, makers.rollout(
        release, group, on_failure=overrides.pop("on_failure", "roll_back"), **overrides
    )


def stand_in(verdicts: dict[int, Verdict]) -> gates.Measure:
    """Telemetry's word on each wave, as the field would have it."""

    def gate(rollout: Rollout, wave: Wave) -> GateAnswer:
        updated = gates.updated_devices(rollout, wave)
        verdict = verdicts.get(wave.index) if updated else None
        verdict = verdict or Verdict.INCONCLUSIVE
        return GateAnswer(verdict, f"measured {verdict.value}", {"psi": "0.31"})

    return gate


def test_failing_canaries_bring_everybody_back() -> None:
    fleet, first = fleet_on_one()
    _, rollout = second(fleet, waves=[{"share_percent": 25}, {"share_percent": 100}])
    names = list(
        Assignment.objects.filter(rollout=rollout, wave__index=0).values_list(
            "device__controller_id", flat=True
        )
    )
    fleet.fail(names[0], trouble="trial")
    assert fleet.run(rollout) == RolloutState.ROLLED_BACK
    assert fleet.running() == {first.public_id: FLEET}
    assert rollout.reason == "wave 1: trial: 1 of 3 finished devices, more than 0 % allowed"
    assert Wave.objects.get(rollout=rollout, index=0).reason == (
        "trial: 1 of 3 finished devices, more than 0 % allowed"
    )


def test_a_failed_gate_after_the_canary_brings_everybody_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fleet, first = fleet_on_one()
    words = {0: Verdict.PASS, 1: Verdict.FAIL}
    monkeypatch.setitem(gates.GATES, Gate.TELEMETRY, stand_in(words))
    release, rollout = second(fleet, gates=["telemetry"])
    assert fleet.run(rollout) == RolloutState.ROLLED_BACK
    assert fleet.running() == {first.public_id: FLEET}
    took = [d for d in fleet.devices.values() if release.public_id in d.installed]
    assert 1 <= len(took) < FLEET
    assert [w.state for w in rollout.waves.all()] == [
        WaveState.PASSED,
        WaveState.FAILED,
        WaveState.CLOSED,
    ]


def test_devices_not_yet_updated_are_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet, _ = fleet_on_one()
    monkeypatch.setitem(gates.GATES, Gate.TELEMETRY, stand_in({0: Verdict.FAIL}))
    _, rollout = second(fleet, gates=["telemetry"])
    fleet.run(rollout)
    updates = Assignment.objects.filter(rollout=rollout, kind=Kind.UPDATE)
    assert updates.filter(state=AssignmentState.CANCELLED).count() == FLEET - 2
    assert updates.filter(state=AssignmentState.SUCCEEDED, reverted=True).count() == 2


def test_the_way_back_is_signed_with_a_higher_counter() -> None:
    fleet, first = fleet_on_one()
    _, rollout = second(fleet)
    fleet.run(rollout)
    services.rollout_roll_back(by=SYSTEM, rollout=rollout)
    fleet.run(rollout)
    device = fleet["cam-003"].device
    counters = Instruction.objects.filter(device=device).order_by("pk")
    assert list(counters.values_list("counter", flat=True)) == [1, 2, 3]
    last = counters.last()
    assert last is not None
    assert last.assignment.release == first
    assert last.assignment.kind == Kind.ROLLBACK


def test_a_device_without_a_past_stays_and_says_why() -> None:
    fleet = FleetSimulator(makers.devices(2))
    group = makers.group([d.device for d in fleet.devices.values()])
    release = makers.release()
    rollout = makers.rollout(release, group)
    fleet.run(rollout)
    services.rollout_roll_back(by=SYSTEM, rollout=rollout)
    assert fleet.run(rollout) == RolloutState.ROLLED_BACK
    assert fleet.running() == {release.public_id: 2}
    assert AssignmentEvent.objects.filter(step="revert", text=NO_WAY_BACK).count() == 2


def test_doubt_holds_the_rollout(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet, _ = fleet_on_one()
    monkeypatch.setitem(gates.GATES, Gate.TELEMETRY, stand_in({}))
    release, rollout = second(fleet, gates=["telemetry"])
    assert fleet.run(rollout) == RolloutState.RUNNING
    assert fleet.running()[release.public_id] == 2
    assert GateResult.objects.filter(rollout=rollout).count() == 1


def test_a_gate_that_breaks_holds_and_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(rollout: Rollout, wave: Wave) -> GateAnswer:
        raise ZeroDivisionError

    fleet, _ = fleet_on_one()
    monkeypatch.setitem(gates.GATES, Gate.TELEMETRY, broken)
    _, rollout = second(fleet, gates=["telemetry"])
    assert fleet.run(rollout) == RolloutState.RUNNING
    result = GateResult.objects.get(rollout=rollout)
    assert result.verdict == Verdict.INCONCLUSIVE


def test_a_gate_speaks_again_only_when_it_has_news(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {0: Verdict.INCONCLUSIVE}
    fleet, _ = fleet_on_one()
    monkeypatch.setitem(gates.GATES, Gate.TELEMETRY, stand_in(words))
    _, rollout = second(fleet, gates=["telemetry"])
    fleet.run(rollout, seconds=10)
    words |= {0: Verdict.PASS, 1: Verdict.PASS, 2: Verdict.PASS}
    assert fleet.run(rollout, seconds=10) == RolloutState.DONE
    said = list(
        GateResult.objects.filter(wave__index=0).order_by("pk").values_list("verdict", flat=True)
    )
    assert said == ["inconclusive", "pass"]


def test_pausing_policies_wait_for_a_person() -> None:
    fleet, first = fleet_on_one()
    _, rollout = second(fleet, on_failure="pause")
    fleet.fail()
    assert fleet.run(rollout) == RolloutState.PAUSED
    assert fleet.running() == {first.public_id: FLEET}
    fleet.now += timedelta(seconds=1)
    fleet.heal()
    with fleet.time():
        services.rollout_resume(by=SYSTEM, rollout=rollout)
    assert fleet.run(rollout) == RolloutState.DONE
