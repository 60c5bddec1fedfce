from datetime import timedelta

import pytest
from django.db.models import QuerySet

from builds.models import Build
from fleet.lib.jobs import JobState, LeaseLost, claim, finish, release, renew
from tests.fleet.lib.jobs.conftest import NOW

SECONDS = 60
LATER = NOW + timedelta(seconds=SECONDS)


def take(job: QuerySet[Build], worker: str = "a", now=NOW, attempts: int = 3):  # type: ignore[no-untyped-def]
    return claim(job, worker=worker, now=now, lease_seconds=SECONDS, attempts=attempts)


def test_a_queued_job_is_claimed_with_a_first_token(job: QuerySet[Build]) -> None:
    assert take(job) == 1
    row = job.get()
    assert (row.state, row.attempt, row.worker) == (JobState.RUNNING, 1, "a")
    assert row.lease_until == LATER


def test_a_held_job_is_nobody_elses(job: QuerySet[Build]) -> None:
    take(job)
    assert take(job, "b", now=LATER - timedelta(microseconds=1)) is None
    assert job.get().worker == "a"


def test_a_job_whose_lease_ended_is_taken_over_with_a_higher_token(job: QuerySet[Build]) -> None:
    take(job)
    assert take(job, "b", now=LATER) == 2
    assert (job.get().worker, job.get().attempt) == ("b", 2)


def test_a_renewed_lease_lasts(job: QuerySet[Build]) -> None:
    take(job)
    renew(job, fence=1, now=LATER - timedelta(seconds=1), lease_seconds=SECONDS, stage="prove")
    assert take(job, "b", now=LATER) is None
    assert job.get().stage == "prove"


def test_the_one_that_was_thought_dead_cannot_write(job: QuerySet[Build]) -> None:
    take(job)
    take(job, "b", now=LATER)
    with pytest.raises(LeaseLost):
        renew(job, fence=1, now=LATER, lease_seconds=SECONDS)
    with pytest.raises(LeaseLost):
        finish(job, fence=1, state=JobState.FAILED)
    with pytest.raises(LeaseLost):
        release(job, fence=1, now=LATER, last_error="")
    assert (job.get().worker, job.get().state) == ("b", JobState.RUNNING)


def test_a_finished_job_stays_finished(job: QuerySet[Build]) -> None:
    take(job)
    finish(job, fence=1, state=JobState.FAILED, failure="It broke.")
    assert take(job, "b", now=LATER) is None
    with pytest.raises(LeaseLost):
        finish(job, fence=1, state=JobState.SUCCEEDED, report={})
    assert job.get().lease_until is None


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_job_does_not_end_in_the_middle(job: QuerySet[Build], state: JobState) -> None:
    take(job)
    with pytest.raises(ValueError, match="cannot finish"):
        finish(job, fence=1, state=state)


def test_a_released_job_is_claimed_again_and_counts(job: QuerySet[Build]) -> None:
    take(job)
    release(job, fence=1, now=LATER, last_error="The signer is away.")
    assert job.get().last_error == "The signer is away."
    assert take(job, "b") == 2
    assert job.get().attempt == 2


def test_a_job_that_cost_its_workers_is_never_claimed_again(job: QuerySet[Build]) -> None:
    for number in range(3):
        assert take(job, now=NOW + number * timedelta(seconds=SECONDS)) == number + 1
    assert take(job, now=NOW + timedelta(days=1)) is None


def test_a_job_that_is_gone_is_not_claimed(job: QuerySet[Build]) -> None:
    assert take(job.filter(pk=0)) is None


def test_a_long_worker_name_is_cut(job: QuerySet[Build]) -> None:
    take(job, "x" * 500)
    assert len(job.get().worker) == 120
