"""One attempt at one build: the shell that holds the lease, runs the stages and writes how it
ended.

Guarantees:
* the lease is renewed before each stage and by a heartbeat inside it; after a take-over nothing of
  this attempt is written;
* artifacts, report and final state are one transaction: a build is done with all its files or not
  done;
* a build that cannot be is `refused`, one that we could not do is `failed`; both say why in one
  sentence.
"""

import logging
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from builds.choices import Stage
from builds.jailed.errors import error_sentence
from builds.jailed.scratch import scratch
from builds.models import Build, BuildStep
from builds.pipeline.inputs import version_inputs
from builds.pipeline.jailed import made_in_jail
from builds.pipeline.stages.order import Impossible, Maker
from builds.pipeline.stages.table import QUANTISE, SIGN, STORE, follow
from builds.pipeline.stages.work import BuildRun
from builds.signals import build_failed
from fleet.lib import clock
from fleet.lib.errors import FleetError
from fleet.lib.jobs import (
    JobState,
    LeaseLost,
    claim,
    finish,
    heartbeat,
    release,
    renew,
    worker_name,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """A claimed build: every write goes through its fence."""

    build: Build
    fence: int
    lease_seconds: float

    @property
    def row(self) -> QuerySet[Build]:
        """The build's row."""
        return Build.objects.filter(pk=self.build.pk)

    def enter(self, stage: Stage) -> None:
        """Say where the build stands, if it is still ours."""
        now = clock.now()
        renew(self.row, fence=self.fence, now=now, lease_seconds=self.lease_seconds, stage=stage)

    def note(self, stage: Stage, seconds: float, text: str) -> None:
        """Log a finished stage."""
        BuildStep.objects.create(
            build=self.build,
            attempt=self.build.attempt,
            stage=stage,
            worker=self.build.worker,
            text=text,
            seconds=round(seconds, 3),
        )

    def end(self, state: JobState, failure: str) -> None:
        """End without a result."""
        now = clock.now()
        finish(
            self.row,
            fence=self.fence,
            state=state,
            failure=failure,
            last_error=failure,
            finished_at=now,
        )
        self.build.refresh_from_db()
        build_failed.send(sender=Build, build=self.build)


def build_run(*, build_id: int, maker: Maker = made_in_jail, worker: str | None = None) -> None:
    """Do the build unless it is done or somebody else holds it."""
    attempt = _claimed(build_id, worker or worker_name())
    if attempt is None:
        return
    with heartbeat(attempt.row, fence=attempt.fence, lease_seconds=attempt.lease_seconds):
        try:
            _try(attempt, maker)
        except LeaseLost:
            log.warning("%s was taken over, this attempt leaves nothing", attempt.build)


def _claimed(build_id: int, worker: str) -> Attempt | None:
    lease_seconds = settings.EDGEFLEET_BUILD_LEASE_SECONDS
    fence = claim(
        Build.objects.filter(pk=build_id),
        worker=worker,
        now=clock.now(),
        lease_seconds=lease_seconds,
        attempts=settings.EDGEFLEET_BUILD_ATTEMPTS,
    )
    if fence is None:
        return None
    build = Build.objects.select_related("version__model", "version__blob").get(pk=build_id)
    return Attempt(build, fence, lease_seconds)


def _try(attempt: Attempt, maker: Maker) -> None:
    try:
        with scratch() as folder:
            _stages(attempt, maker, folder)
    except LeaseLost:
        raise
    except Impossible as error:
        attempt.end(JobState.REFUSED, error_sentence(error))
    except FleetError as error:
        _after_fleet_error(attempt, error)
    except Exception as error:
        log.exception("build %s failed", attempt.build)
        attempt.end(JobState.FAILED, error_sentence(error))


def _after_fleet_error(attempt: Attempt, error: FleetError) -> None:
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR and not error.retryable:
        attempt.end(JobState.FAILED, error.message)
    elif error.retryable:
        release(attempt.row, fence=attempt.fence, now=clock.now(), last_error=error.message)
    else:
        attempt.end(JobState.REFUSED, error.message)


def _stages(attempt: Attempt, maker: Maker, folder: Path) -> None:
    build = attempt.build
    run = BuildRun(build, attempt.fence, folder, version_inputs(build.version))
    run = follow(QUANTISE, run, attempt)
    run = replace(run, made=maker(run.order, folder, attempt))
    for row in (SIGN, STORE):
        run = follow(row, run, attempt)
