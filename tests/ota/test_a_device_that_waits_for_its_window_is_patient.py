"""A device that has downloaded and waits for its window is not silent; once it is open, it is."""

from datetime import UTC, datetime, timedelta

import pytest

from fleet.lib import clock
from ota import services
from ota.models import Assignment
from tests.ota import makers

pytestmark = pytest.mark.django_db
NIGHT = {"schedule": "0 0 2 * * ?", "duration": "02:00:00", "timezone": "device"}
EVENING = datetime(2030, 3, 30, 18, tzinfo=UTC)  # before clocks in Berlin are put forward


def state_at(rollout: int, at: datetime) -> str:
    with clock.fixed(at):
        services.rollout_tick(rollout)
    return Assignment.objects.get(rollout=rollout).state


def test_its_time_runs_while_the_window_is_open() -> None:
    device = makers.devices(1)[0]
    device.labels = {"timezone": "Europe/Berlin"}
    device.save()
    with clock.fixed(EVENING):
        rollout = makers.rollout(
            makers.release(),
            makers.group([device]),
            delivery={"window": NIGHT},
            install_seconds=3600,
        )
        services.rollout_tick(rollout.pk)
        services.assignment_retrieve(
            device=device, action_id=Assignment.objects.get(rollout=rollout).pk
        )
    # On this night there is no two o'clock: it begins when that would have been, at 01:00 UTC.
    opens = datetime(2030, 3, 31, 1, tzinfo=UTC)
    assert state_at(rollout.pk, opens) == "retrieved"
    assert state_at(rollout.pk, opens + timedelta(minutes=59)) == "retrieved"
    assert state_at(rollout.pk, opens + timedelta(minutes=60)) == "timed_out"
