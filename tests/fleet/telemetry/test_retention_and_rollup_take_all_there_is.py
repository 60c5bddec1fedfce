"""One run takes as many batches as there are, and gives others their turn in between."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.lib import clock, jobs
from fleet.lib.jobs import turns
from fleet.telemetry.ingest.counts import retention, rollup
from fleet.telemetry.models import Report, Rollup
from tests.fleet.telemetry.world import registered, unit

pytestmark = pytest.mark.django_db
REPORTS = 11


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 2)
    monkeypatch.setattr(rollup, "BATCH_REPORTS", 2)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tasks that a run asked for."""
    sent: list[str] = []
    monkeypatch.setattr(jobs, "enqueue", lambda name, *_: sent.append(name))
    return sent


def reports() -> None:
    registered()
    cams = [unit(name, seed) for seed, name in enumerate("abc")]
    for number in range(REPORTS):
        cams[number % len(cams)].report()


def test_the_rollup_takes_as_many_batches_as_there_are(asked: list[str]) -> None:
    reports()
    assert rollup.rollups_refresh() == REPORTS
    assert Rollup.objects.get(level="version").reports == REPORTS
    assert asked == []


def test_retention_drains_until_nothing_old_is_left(asked: list[str]) -> None:
    reports()
    rollup.rollups_refresh()
    with clock.fixed(clock.now() + timedelta(days=31)):
        assert retention.reports_purge() == REPORTS
    assert not Report.objects.exists()
    assert Rollup.objects.get(level="version").reports == REPORTS
    assert asked == []


def test_a_run_that_is_not_done_in_its_time_is_asked_for_again(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    reports()
    assert rollup.rollups_refresh() == 2
    assert asked == [rollup.REFRESH_TASK]
    while rollup.rollups_refresh():
        pass
    with clock.fixed(clock.now() + timedelta(days=31)):
        assert retention.reports_purge() == 2
    assert asked[-1] == retention.PURGE_TASK


def test_the_tasks_asked_for_are_those_of_the_beat() -> None:
    from django.conf import settings

    known = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {rollup.REFRESH_TASK, retention.PURGE_TASK} <= known


def test_a_late_window_meets_all_reports_of_its_bucket(settings: Any) -> None:
    settings.EDGEFLEET_TELEMETRY_DAYS = 1
    registered()
    cam = unit()
    cam.report()
    rollup.rollups_refresh()
    bucket = Report.objects.get().bucket_at
    with clock.fixed(clock.now() + timedelta(days=2)):
        assert retention.reports_purge() == 0, "its bucket may still get late windows"
        cam.report(t_open_s=0, duration_s=1)
        Report.objects.update(bucket_at=bucket, opened_at=bucket, closed_at=bucket)
        rollup.rollups_refresh()
    assert Rollup.objects.get(level="version", bucket_at=bucket).reports == 2
    with clock.fixed(clock.now() + timedelta(days=10)):
        assert retention.reports_purge() == 2
