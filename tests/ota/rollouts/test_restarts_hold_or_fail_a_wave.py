"""The gate on restarts reads the boots since a device was updated, not the one into the release."""

from datetime import timedelta

import pytest

from fleet.lib import clock
from fleet.lib.verdict import Verdict
from fleet.telemetry.models import Ledger
from ota.models import Assignment, GateLook, Rollout
from ota.rollouts import gates, policy
from ota.rollouts.restarts import GRACE, restarts_of
from tests.ota import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def rollout() -> Rollout:
    devices = makers.devices(6)
    made = makers.rollout(
        makers.release("1.0"),
        makers.group(devices),
        waves=[{"share_percent": 50}, {"share_percent": 100}],
        gates=["restarts"],
        soak_seconds=86_400,
    )
    now = clock.now()
    made.waves.filter(index=0).update(state="soaking", opened_at=now, gates_at=None)
    first = list(Assignment.objects.filter(rollout=made).order_by("pk")[:3])
    Assignment.objects.filter(pk__in=[each.pk for each in first]).update(
        state="succeeded", finished_at=now
    )
    for row in Assignment.objects.filter(rollout=made, state="planned"):
        row.device.last_seen_at = now
        row.device.save()
    return made


def boots(rollout: Rollout, each: int, minutes: float) -> None:
    """Let every updated device boot so often, the first time so many minutes after its update."""
    for row in Assignment.objects.filter(rollout=rollout, state="succeeded"):
        assert row.finished_at is not None
        for number in range(each):
            at = row.finished_at + timedelta(minutes=minutes + number)
            Ledger.objects.create(device=row.device, boot_id=number, first_opened_at=at)


def asked(rollout: Rollout, hours: float) -> gates.GateAnswer:
    with clock.fixed(clock.now() + timedelta(hours=hours)):
        return gates.restarts_gate(rollout, rollout.waves.get(index=0))


def test_the_start_into_the_release_is_not_a_restart(rollout: Rollout) -> None:
    boots(rollout, 1, GRACE.total_seconds() / 120)
    new, old = restarts_of(rollout, rollout.waves.get(index=0), clock.now() + timedelta(hours=2))
    assert new.by_device == (0, 0, 0)
    assert len(old.by_device) == 3
    assert old.hours == pytest.approx(3 * (2 - 1 / 30), abs=0.01)


def test_a_loop_of_restarts_fails(rollout: Rollout) -> None:
    boots(rollout, 20, 5)
    found = asked(rollout, 4)
    assert found.verdict is Verdict.FAIL
    assert "60 restarts of 3 updated devices" in found.sentence


def test_quiet_devices_hold_the_wave_until_enough_is_known(rollout: Rollout) -> None:
    assert asked(rollout, 1).verdict is Verdict.INCONCLUSIVE
    assert asked(rollout, 48).verdict is Verdict.PASS


def test_what_it_finds_is_kept_as_a_look(rollout: Rollout) -> None:
    with clock.fixed(clock.now() + timedelta(hours=3)):
        gates.refresh(rollout, policy.parse(rollout.policy), clock.now())
    kept = GateLook.objects.get(gate="restarts", metric="crashes and restarts")
    assert (kept.estimate, kept.verdict, kept.devices) == (0.0, "inconclusive", 3)


def test_nobody_updated_is_a_doubt(rollout: Rollout) -> None:
    Assignment.objects.update(state="planned", finished_at=None)
    assert asked(rollout, 1).verdict is Verdict.INCONCLUSIVE
