import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from builds.models import Build
from fleet.lib import clock
from fleet.lib.jobs import claim, heartbeat, lease
from tests.fleet.lib.jobs.conftest import NOW
from tests.waiting import PATIENCE_SECONDS

SHORT = 0.03  # seconds of lease: three beats in them


def beats(monkeypatch: pytest.MonkeyPatch, answers: list[Exception | None]) -> threading.Event:
    """Answer each renewal in turn, without a database; the event is set after the last."""
    through = threading.Event()

    def renew(queryset: object, **fields: object) -> None:
        answer = answers.pop(0) if answers else None
        if not answers:
            through.set()
        if answer is not None:
            raise answer

    monkeypatch.setattr(lease, "renew", renew)
    return through


def test_it_beats_while_the_block_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    through = beats(monkeypatch, [None, None, None])
    with heartbeat(Build.objects.none(), fence=1, lease_seconds=SHORT):
        assert through.wait(PATIENCE_SECONDS)


def test_it_stops_with_the_block() -> None:
    before = threading.active_count()
    with heartbeat(Build.objects.none(), fence=1, lease_seconds=3600):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_a_database_that_is_away_for_a_moment_does_not_stop_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    through = beats(monkeypatch, [DatabaseError("restarting"), None, None])
    with heartbeat(Build.objects.none(), fence=1, lease_seconds=SHORT):
        assert through.wait(PATIENCE_SECONDS)
    assert "a heartbeat was missed: restarting" in caplog.text


def test_a_lost_lease_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    through = beats(monkeypatch, [lease.LeaseLost("taken")])
    with heartbeat(Build.objects.none(), fence=1, lease_seconds=SHORT):
        assert through.wait(PATIENCE_SECONDS)


def test_a_beat_moves_the_end_of_the_lease(job: QuerySet[Build]) -> None:
    claim(job, worker="a", now=NOW, lease_seconds=60, attempts=3)
    later = NOW + timedelta(seconds=50)
    with clock.fixed(later):
        lease._beat_once(job, 1, 60)
    assert job.get().lease_until == later + timedelta(seconds=60)
