"""The telemetry gate with real windows: devices report, the gate reads, the rollout obeys."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from device_agent.protocol.ddi import Execution, Feedback, Finished
from fleet.lib import clock
from fleet.lib.verdict import Verdict
from ota import services
from ota.engine.states import RolloutState
from ota.models import Approval, Assignment, GateResult, Release, ReleaseArtifact, Rollout
from ota.rollouts.running import installed_by
from tests.fleet.telemetry.world import Unit, registered, unit
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
POLICY: dict[str, Any] = {
    "waves": [{"share_percent": 50}, {"share_percent": 100}],
    "gates": ["telemetry"],
    "on_failure": "roll_back",
    "soak_seconds": 30,
}


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with clock.fixed(clock.now() + timedelta(seconds=seconds)):
        yield


def field(before: Release | None = None) -> tuple[list[Unit], Rollout]:
    """Six counting devices, and a release whose schema they count in, on its first wave; they run
    the release before, if one is given.
    """
    units = [unit(f"cam-{n:02}", n) for n in range(6)]
    if before is not None:
        first = makers.rollout(
            before, makers.group([u.row for u in units], name="first"), policy_name="all-at-once"
        )
        services.rollout_tick(first.pk)
        install(first)
        services.rollout_tick(first.pk)
    rollout = makers.rollout(published(), makers.group([u.row for u in units]), **POLICY)
    services.rollout_tick(rollout.pk)
    install(rollout)
    services.rollout_tick(rollout.pk)  # the wave begins to soak
    return units, rollout


def published() -> Release:
    """A release of a version that telemetry knows, with another version's bundle."""
    donor = makers.release("donor").artifacts.get()
    release = Release.objects.create(
        version=registered().version, state="published", published_at=clock.now(), created_by="t"
    )
    Approval.objects.create(release=release, by="user:ben", label="ben")
    ReleaseArtifact.objects.create(
        release=release,
        artifact=makers.signed_again(donor, release.model_version),
        **{name: getattr(donor, name) for name in ("target", "filename", "size_bytes")},
        **{name: getattr(donor, name) for name in ("sha256", "sha1", "md5")},
    )
    return release


def install(rollout: Rollout) -> None:
    """Everybody who was offered it runs it."""
    for row in Assignment.objects.filter(rollout=rollout, state="offered"):
        feedback = Feedback(Execution.CLOSED, Finished.SUCCESS)
        services.assignment_update(device=row.device, action_id=row.pk, feedback=feedback)
        row.device.refresh_from_db()
        assert row.device.running == installed_by(row)


def report(units: list[Unit], rollout: Rollout, **behaviour: Any) -> None:
    """The updated devices hand in a window each, opened after they were updated."""
    updated = set(
        Assignment.objects.filter(rollout=rollout, state="succeeded").values_list(
            "device_id", flat=True
        )
    )
    for each in units:
        if each.row.pk in updated:
            each.behaviour = behaviour
            each.report(200)


def judged(rollout: Rollout) -> GateResult:
    services.rollout_tick(rollout.pk)
    rollout.refresh_from_db()
    return GateResult.objects.filter(rollout=rollout, wave__index=0)[0]


def test_silence_holds_the_wave() -> None:
    _, rollout = field()
    with later(120):
        assert judged(rollout).verdict == Verdict.INCONCLUSIVE
    assert rollout.state == RolloutState.RUNNING
    assert rollout.waves.get(index=0).state == "soaking"


def test_healthy_windows_open_the_next_wave() -> None:
    units, rollout = field()
    with later(90):
        report(units, rollout)
        result = judged(rollout)
    assert result.verdict == Verdict.PASS, result.sentence
    assert "3 devices and 600 inferences" in result.sentence
    assert [w.state for w in rollout.waves.all()] == ["passed", "updating"]


def test_a_worse_model_stops_and_goes_back() -> None:
    before = makers.release("before")
    units, rollout = field(before)
    with later(90):
        report(units, rollout, errors=40)
        result = judged(rollout)
    assert result.verdict == Verdict.FAIL
    assert result.evidence["devices"] == 3
    assert rollout.state == RolloutState.ROLLING_BACK
    assert rollout.reason == f"wave 1: gate telemetry failed: {result.sentence}"
    parts = Assignment.objects.filter(rollout=rollout)
    assert parts.filter(state="cancelled").count() == 3
    updated = set(parts.filter(kind="update", state="succeeded").values_list("device", flat=True))
    back = parts.filter(kind="rollback")
    assert len(updated) == 3
    assert set(back.values_list("device", "release")) == {(each, before.pk) for each in updated}


def test_a_model_unlike_its_reference_is_held_not_failed_without_a_past() -> None:
    units, rollout = field()
    with later(90):
        report(units, rollout, sure=10.0)
        result = judged(rollout)
    assert result.verdict == Verdict.INCONCLUSIVE
    assert rollout.state == RolloutState.RUNNING


def test_an_operator_cannot_resume_past_it() -> None:
    units, rollout = field()
    Rollout.objects.update(policy={**rollout.policy, "on_failure": "pause"})
    with later(90):
        report(units, rollout, errors=40)
        judged(rollout)
        assert rollout.state == RolloutState.PAUSED
    with later(200):
        services.rollout_resume(by=SYSTEM, rollout=rollout)
        judged(rollout)
    assert rollout.waves.get(index=1).state == "pending"
