"""Waking workers. The broker only carries names and ids; the job's row decides who does what.

Guarantees:
* nothing is sent before the transaction that made the job has committed;
* a message that is lost, or never sent because the broker is away, is sent again by `sweep`;
* services name tasks as strings, so that they never import them.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from celery import current_app
from django.db import transaction
from django.db.models import F, Q, QuerySet
from kombu.exceptions import OperationalError

from fleet.lib.db import compare_and_set
from fleet.lib.jobs.lease import (
    ACTIVE,
    TERMINAL,
    Job,
    JobState,
    JobT,
    LeaseLost,
    claim,
    claimable,
    finish,
    heartbeat,
    release,
    renew,
    worker_name,
)

__all__ = [
    "ACTIVE",
    "TERMINAL",
    "Job",
    "JobState",
    "LeaseLost",
    "Swept",
    "claim",
    "claimable",
    "enqueue",
    "finish",
    "heartbeat",
    "release",
    "renew",
    "sweep",
    "worker_name",
]
log = logging.getLogger(__name__)
SWEEP_MAX: Final = 200  # jobs woken by one sweep; the next one takes the rest


@dataclass(frozen=True)
class Swept:
    """What a sweep did: jobs it woke, and jobs it gave up."""

    woken: int
    given_up: int


def enqueue(task_name: str, *ids: int | str) -> None:
    """Send the task by name once the current transaction has committed."""
    transaction.on_commit(partial(_send, task_name, ids))


def _send(task_name: str, ids: tuple[int | str, ...]) -> None:
    try:
        current_app.send_task(task_name, args=list(ids))
    except (OperationalError, OSError) as error:
        # The row is committed: the sweeper sends it again when the broker is back.
        log.warning("broker away, task left to the sweeper: %s%r: %s", task_name, ids, error)


def sweep(
    queryset: QuerySet[JobT], *, task_name: str, now: datetime, lost_after: timedelta, attempts: int
) -> Swept:
    """Wake jobs whose message was lost or whose worker died; give up those that cost too many
    workers.
    """
    free = queryset.filter(claimable(now))
    given_up = sum(
        _give_up(queryset, job, now) for job in free.filter(attempt__gte=attempts)[:SWEEP_MAX]
    )
    # A job that nobody was woken for since its lease ended cannot have a message under way.
    orphaned = Q(state=JobState.RUNNING, woken_at__lt=F("lease_until"))
    lost = orphaned | Q(woken_at__lte=now - lost_after)
    waiting = free.filter(lost, attempt__lt=attempts).order_by("woken_at", "pk")
    woken = sum(_wake(queryset, job, task_name, now) for job in waiting[:SWEEP_MAX])
    return Swept(woken, given_up)


def _give_up(queryset: QuerySet[JobT], job: JobT, now: datetime) -> bool:
    reason = f"Given up after {job.attempt} attempts. {job.last_error}".strip()
    still = queryset.filter(claimable(now), pk=job.pk, fence=job.fence)
    return compare_and_set(still, state=JobState.FAILED, lease_until=None, last_error=reason)


def _wake(queryset: QuerySet[JobT], job: JobT, task_name: str, now: datetime) -> bool:
    """Mark first, so that two sweepers send one message between them."""
    with transaction.atomic():
        still = queryset.filter(claimable(now), pk=job.pk, woken_at=job.woken_at)
        if marked := compare_and_set(still, woken_at=now):
            enqueue(task_name, job.pk)
    return marked
