"""Skipping a wave, trying the failed again, and taking a release back everywhere."""

from typing import Any

import pytest

from ota import services
from ota.engine.states import AssignmentState, RolloutState, WaveState
from ota.models import Assignment, AssignmentEvent, GateResult, Rollout
from tests import personas
from tests.ota import makers
from tests.ota.history import replay
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db
TWO = [{"share_percent": 50}, {"share_percent": 100}]


def started(count: int = 4, **policy: Any) -> tuple[FleetSimulator, Rollout]:
    fleet = FleetSimulator(makers.devices(count))
    group = makers.group([d.device for d in fleet.devices.values()])
    policy = {"waves": TWO, "failures": []} | policy
    return fleet, makers.rollout(makers.release("1.0"), group, **policy)


def post(rollout: Rollout, verb: str, **body: Any) -> Any:
    client = personas.client("operator")
    return client.post(f"/api/v1/rollouts/{rollout.public_id}/{verb}/", body)


def test_a_wave_that_soaks_for_long_is_skipped_with_a_reason() -> None:
    fleet, rollout = started(soak_seconds=10_000)
    fleet.run(rollout)
    assert post(rollout, "skip-wave", wave=1, reason="urgent").status_code == 409
    assert post(rollout, "skip-wave", wave=0, reason=" ").status_code == 400
    assert post(rollout, "skip-wave", wave=0, reason="urgent").status_code == 200
    first = rollout.waves.first()
    assert first is not None
    assert (first.state, first.reason) == (WaveState.PASSED, "skipped: urgent")
    assert post(rollout, "skip-wave", wave=0, reason="urgent").status_code == 409
    fleet.run(rollout)
    assert len(fleet.running()) == 1


def test_a_gate_that_has_failed_is_skipped_by_nobody() -> None:
    fleet, rollout = started(soak_seconds=10_000, gates=["telemetry"])
    fleet.run(rollout)
    wave = rollout.waves.first()
    assert wave is not None
    GateResult.objects.create(
        rollout=rollout, wave=wave, gate="telemetry", verdict="fail", sentence="worse", at=fleet.now
    )
    answer = post(rollout, "skip-wave", wave=0, reason="never mind")
    assert answer.status_code == 409
    assert "has failed, which nobody can skip" in answer.json()["detail"]


def test_failed_devices_are_tried_again_also_after_the_end() -> None:
    fleet, rollout = started(success_percent=50, waves=[{"share_percent": 100}])
    fleet.fail("cam-001", "cam-002")
    assert fleet.run(rollout) == RolloutState.DONE
    fleet.heal()
    assert post(rollout, "retry-failed", reason="mended").status_code == 200
    assert fleet.run(rollout) == RolloutState.DONE
    assert fleet.running() == {rollout.release.public_id: 4}
    again = Assignment.objects.filter(latest=True, attempt=2)
    assert set(again.values_list("device__controller_id", flat=True)) == {"cam-001", "cam-002"}
    assert AssignmentEvent.objects.filter(step="retry", text="attempt 2 is planned").count() == 2
    assert replay().twice == 0
    none = post(rollout, "retry-failed")
    assert none.status_code == 409
    assert "no failed device" in none.json()["detail"]


def test_a_release_is_taken_back_everywhere_but_where_something_newer_came() -> None:
    fleet, old = started(3, waves=[{"share_percent": 100}])
    bad = makers.release("2.0")
    third = makers.release("3.0")
    fleet.run(old)
    by_name = [d.device for d in fleet.devices.values()]
    waves = [{"share_percent": 100}]
    for members, name, of in (
        (by_name[:2], "two", bad),
        (by_name[2:], "one", bad),
        (by_name[:1], "ahead", third),
    ):
        fleet.run(makers.rollout(of, makers.group(members, name), waves=waves))
    client = personas.client("operator")
    answer = client.post(f"/api/v1/releases/{bad.public_id}/roll-back/", {"reason": "it hums"})
    assert (answer.status_code, len(answer.json())) == (200, 2)
    for each in Rollout.objects.filter(release=bad):
        assert fleet.run(each) == RolloutState.ROLLED_BACK
        assert each.reason == "it hums"
    assert fleet.running() == {third.public_id: 1, old.release.public_id: 2}
    note = AssignmentEvent.objects.get(text__startswith="stays as it is")
    assert note.text == "stays as it is: a later rollout gave it digits 3.0"
    twice = client.post(f"/api/v1/releases/{bad.public_id}/roll-back/", {})
    assert twice.status_code == 409


def test_a_decision_that_did_not_see_the_skip_is_dropped() -> None:
    fleet, rollout = started(soak_seconds=10_000)
    fleet.run(rollout)
    before = Rollout.objects.get().revision
    services.wave_skip(by=SYSTEM, rollout=rollout, wave=0, reason="urgent")
    assert Rollout.objects.get().revision > before
    assert not Assignment.objects.filter(state=AssignmentState.FAILED).exists()
