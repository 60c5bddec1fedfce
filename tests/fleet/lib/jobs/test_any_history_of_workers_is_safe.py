"""Random histories of three workers, a clock and a sweeper: the lease keeps its promises."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.models import Build
from fleet.lib.jobs import TERMINAL, JobState, LeaseLost, claim, finish, release, renew, sweep
from registry.models import ModelVersion
from tests.builds import makers
from tests.fleet.lib.jobs.conftest import NOW

LEASE, ATTEMPTS = 60, 3
WORKERS = ("a", "b", "c")
Step = tuple[str, str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "renew", "finish", "release", "sweep"]),
        st.sampled_from(WORKERS),
        st.sampled_from([0, 1, 30, 59, 60, 61, 500]),  # seconds that pass first
    ),
    max_size=25,
)


class History:
    """What each worker believes, held against the row."""

    def __init__(self, row: QuerySet[Build]) -> None:
        self.row, self.now = row, NOW
        self.tokens: dict[str, int] = {}
        self.fences: list[int] = []
        self.ends: list[str] = []

    def step(self, action: str, worker: str, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        before = self.row.get()
        getattr(self, action)(worker)
        after = self.row.get()
        assert after.fence >= before.fence
        assert after.attempt <= ATTEMPTS
        if before.state in TERMINAL:
            assert (after.state, after.fence) == (before.state, before.fence)

    def claim(self, worker: str) -> None:
        before = self.row.get()
        token = claim(self.row, worker=worker, now=self.now, lease_seconds=LEASE, attempts=ATTEMPTS)
        if token is None:
            return
        held = before.state == JobState.RUNNING
        assert not held or (before.lease_until and before.lease_until <= self.now)
        assert token not in self.fences
        self.fences.append(token)
        self.tokens[worker] = token

    def write(self, worker: str, call: str) -> None:
        """Only the newest token of a running job can write."""
        row, token = self.row.get(), self.tokens.get(worker, 0)
        may = row.state == JobState.RUNNING and row.fence == token
        try:
            if call == "renew":
                renew(self.row, fence=token, now=self.now, lease_seconds=LEASE)
            elif call == "release":
                release(self.row, fence=token, now=self.now, last_error="later")
            else:
                finish(self.row, fence=token, state=JobState.FAILED, failure=worker)
        except LeaseLost:
            assert not may
        else:
            assert may

    def renew(self, worker: str) -> None:
        self.write(worker, "renew")

    def release(self, worker: str) -> None:
        self.write(worker, "release")

    def finish(self, worker: str) -> None:
        self.write(worker, "finish")

    def sweep(self, worker: str) -> None:
        before = self.row.get()
        sweep(
            self.row,
            task_name="tests.run",
            now=self.now,
            lost_after=timedelta(seconds=LEASE),
            attempts=ATTEMPTS,
        )
        if self.row.get().state != before.state:
            assert before.attempt == ATTEMPTS
            assert self.row.get().state == JobState.FAILED


@pytest.fixture
def version(db: None) -> ModelVersion:
    return makers.version()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=STEPS)
def test_promises_hold(version: ModelVersion, steps: list[Step]) -> None:
    build = Build.objects.create(
        version=version,
        target="rv32imc",
        recipe={},
        cache_key=uuid.uuid4().hex,
        requested_by="history",
        woken_at=NOW,
    )
    history = History(Build.objects.filter(pk=build.pk))
    for step in steps:
        history.step(*step)
