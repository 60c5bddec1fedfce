from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from builds.models import Build
from fleet.lib.jobs import JobState, Swept, claim, enqueue, finish, sweep
from tests.fleet.lib.jobs.conftest import NOW

Sent = list[tuple[str, list[int]]]
LOST = timedelta(seconds=60)
LATE = NOW + LOST


def swept(job: QuerySet[Build], now=LATE, attempts: int = 3) -> Swept:  # type: ignore[no-untyped-def]
    return sweep(job, task_name="tests.run", now=now, lost_after=LOST, attempts=attempts)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int]]]:
    """What reached the broker."""
    found: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args: found.append((name, args)), raising=False
    )
    return found


def test_a_job_whose_message_was_lost_is_sent_again(
    job: QuerySet[Build], sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert swept(job) == Swept(woken=1, given_up=0)
    assert sent == [("tests.run", [job.get().pk])]


def test_a_young_job_is_left_alone(job: QuerySet[Build]) -> None:
    assert swept(job, now=LATE - timedelta(seconds=1)) == Swept(0, 0)


def test_a_second_sweep_waits_for_the_first_message(job: QuerySet[Build]) -> None:
    assert swept(job).woken == 1
    assert swept(job).woken == 0
    assert swept(job, now=LATE + LOST).woken == 1


def test_the_job_of_a_dead_worker_is_woken_and_that_of_a_living_one_is_not(
    job: QuerySet[Build],
) -> None:
    claim(job, worker="a", now=LATE, lease_seconds=10, attempts=3)
    assert swept(job, now=LATE + timedelta(seconds=9)).woken == 0
    assert swept(job, now=LATE + timedelta(seconds=10)).woken == 1


def test_the_job_of_a_dead_worker_does_not_wait_for_a_message_to_grow_old(
    job: QuerySet[Build],
) -> None:
    claim(job, worker="a", now=NOW, lease_seconds=5, attempts=3)
    assert swept(job, now=NOW + timedelta(seconds=5)).woken == 1
    assert swept(job, now=NOW + timedelta(seconds=6)).woken == 0


def test_a_job_that_kills_its_workers_is_given_up(job: QuerySet[Build]) -> None:
    for number in range(3):
        claim(job, worker="a", now=NOW + number * LOST, lease_seconds=60, attempts=3)
    assert swept(job, now=NOW + 3 * LOST) == Swept(woken=0, given_up=1)
    assert job.get().state == JobState.FAILED
    assert job.get().last_error == "Given up after 3 attempts."
    assert swept(job, now=NOW + 9 * LOST) == Swept(0, 0)


def test_a_finished_job_is_no_ones_business(job: QuerySet[Build]) -> None:
    claim(job, worker="a", now=NOW, lease_seconds=60, attempts=3)
    finish(job, fence=1, state=JobState.FAILED, failure="It broke.")
    assert swept(job, now=NOW + timedelta(days=9)) == Swept(0, 0)


def test_nothing_is_sent_before_the_commit(
    db: None, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        enqueue("tests.run", 1, "two")
        assert sent == []
    callbacks[0]()
    assert sent == [("tests.run", [1, "two"])]


@pytest.mark.parametrize("error", [OperationalError("no broker"), ConnectionRefusedError()])
def test_a_broker_that_is_away_costs_nothing_but_a_warning(
    db: None,
    error: Exception,
    monkeypatch: Any,
    caplog: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(name: str, args: list[int]) -> None:
        raise error

    monkeypatch.setattr(current_app, "send_task", away, raising=False)
    with django_capture_on_commit_callbacks(execute=True):
        enqueue("tests.run", 1)
    assert "left to the sweeper: tests.run(1,)" in caplog.text
