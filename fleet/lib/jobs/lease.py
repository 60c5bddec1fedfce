"""A job's row is the truth about it: which worker holds it, until when, and how often it was tried.

Guarantees:
* only one worker holds a job at an instant, by one compare-and-set UPDATE;
* every take-over raises the fencing token, so a worker that was thought dead can no longer write;
* a job that costs `attempts` workers is never claimed again;
* a final state is never left.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import DatabaseError, connection, models
from django.db.models import F, Q, QuerySet

from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Stale

log = logging.getLogger(__name__)
WORKER_NAME_MAX: Final = 120  # characters
RENEWALS_PER_LEASE: Final = 3  # a worker may miss two and still hold its job


class JobState(models.TextChoices):
    """The state of a job. `refused`: the input cannot work; `failed`: our side could not do it."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"


ACTIVE: Final = frozenset({JobState.QUEUED, JobState.RUNNING})
TERMINAL: Final = frozenset(JobState) - ACTIVE
# Every legal move. A claim of a running job is a take-over after its lease has ended.
MOVES: Final[dict[tuple[JobState, str], JobState]] = {
    (JobState.QUEUED, "claim"): JobState.RUNNING,
    (JobState.RUNNING, "claim"): JobState.RUNNING,
    (JobState.RUNNING, "release"): JobState.QUEUED,
    (JobState.RUNNING, "succeed"): JobState.SUCCEEDED,
    (JobState.RUNNING, "fail"): JobState.FAILED,
    (JobState.RUNNING, "refuse"): JobState.REFUSED,
    (JobState.QUEUED, "give_up"): JobState.FAILED,
    (JobState.RUNNING, "give_up"): JobState.FAILED,
}


class LeaseLost(Stale):
    """Another worker took the job over: whatever this one made is no longer wanted."""

    code = "lease_lost"


class Job(models.Model):
    """The columns that every job has. `fence` counts take-overs and only ever grows."""

    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=WORKER_NAME_MAX, blank=True)
    last_error = models.TextField(blank=True)
    woken_at = models.DateTimeField(default=clock.now)

    class Meta:
        abstract = True


JobT = TypeVar("JobT", bound=Job)


def worker_name() -> str:
    """This process, for people who look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def claimable(now: datetime) -> Q:
    """Jobs that nobody holds: waiting, or held by a worker whose lease has ended."""
    return Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lte=now)


def claim(
    queryset: QuerySet[JobT], *, worker: str, now: datetime, lease_seconds: float, attempts: int
) -> int | None:
    """Take the one job of `queryset`: its new fencing token, or None if somebody holds it."""
    job = queryset.filter(claimable(now), attempt__lt=attempts).values("pk", "fence").first()
    if job is None:
        return None
    fence = int(job["fence"]) + 1
    taken = compare_and_set(
        queryset.filter(claimable(now), pk=job["pk"], fence=job["fence"]),
        state=JobState.RUNNING,
        fence=fence,
        attempt=F("attempt") + 1,
        lease_until=now + timedelta(seconds=lease_seconds),
        worker=worker[:WORKER_NAME_MAX],
    )
    return fence if taken else None


def renew(
    queryset: QuerySet[JobT], *, fence: int, now: datetime, lease_seconds: float, **changes: Any
) -> None:
    """Keep the job for `lease_seconds` more, with `changes` in the same write; raises LeaseLost."""
    until = now + timedelta(seconds=lease_seconds)
    _write(queryset, fence, lease_until=until, **changes)


def finish(queryset: QuerySet[JobT], *, fence: int, state: JobState, **changes: Any) -> None:
    """End the job in a final state; raises LeaseLost when another worker has taken it over."""
    if state not in TERMINAL:
        message = f"A job cannot finish as {state}."
        raise ValueError(message)
    _write(queryset, fence, state=state, lease_until=None, **changes)


def release(
    queryset: QuerySet[JobT], *, fence: int, now: datetime, last_error: str, counted: bool = True
) -> None:
    """Give the job back for another try, after something that may pass.

    Not `counted`: the attempt did not begin, through a fault of this machine and not of the job.
    """
    waiting: dict[str, Any] = {"state": JobState.QUEUED, "lease_until": None, "woken_at": now}
    if not counted:
        waiting["attempt"] = F("attempt") - 1
    _write(queryset, fence, last_error=last_error, **waiting)


def _write(queryset: QuerySet[JobT], fence: int, **changes: Any) -> None:
    held = queryset.filter(state=JobState.RUNNING, fence=fence)
    if not compare_and_set(held, **changes):
        raise LeaseLost("Another worker has taken this job over.")


@contextmanager
def heartbeat(queryset: QuerySet[JobT], *, fence: int, lease_seconds: float) -> Iterator[None]:
    """Renew the lease from a thread while the block runs, for steps longer than a lease.

    The thread dies with its process, so a killed worker's lease still ends. A lost lease is found
    by the next write.
    """
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(lease_seconds / RENEWALS_PER_LEASE):
                _beat_once(queryset.all(), fence, lease_seconds)
        except LeaseLost:
            return
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat_once(queryset: QuerySet[JobT], fence: int, lease_seconds: float) -> None:
    try:
        renew(queryset, fence=fence, now=clock.now(), lease_seconds=lease_seconds)
    except DatabaseError as error:
        # The database may be restarting; the lease outlasts a missed beat or two.
        log.warning("a heartbeat was missed: %s", error)
