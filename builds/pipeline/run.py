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
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.db.models import QuerySet

from builds.choices import Arithmetic, Optimise, Stage, Weights
from builds.models import Build, BuildStep, Int8Model
from builds.pipeline.inputs import version_facts
from builds.pipeline.jailed import made_in_jail
from builds.pipeline.quantise import int8_model_make
from builds.pipeline.stages.made import Maker
from builds.pipeline.stages.work import Impossible, Order
from builds.pipeline.store import outputs_sign, result_store
from builds.signals import build_failed
from builds.targets import load_target
from fleet.lib import clock
from fleet.lib.errors import FleetError
from fleet.lib.jobs import JobState, LeaseLost, claim, finish, heartbeat, release, renew
from fleet.lib.trees import remove_tree
from registry import blobs

log = logging.getLogger(__name__)
Result = TypeVar("Result")


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


def worker_name() -> str:
    """This process, for people who look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


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
        attempt.end(JobState.REFUSED, sentence(error))
    except FleetError as error:
        _after_fleet_error(attempt, error)
    except Exception as error:
        log.exception("build %s failed", attempt.build)
        attempt.end(JobState.FAILED, sentence(error))


def _after_fleet_error(attempt: Attempt, error: FleetError) -> None:
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR and not error.retryable:
        attempt.end(JobState.FAILED, error.message)
    elif error.retryable:
        release(attempt.row, fence=attempt.fence, now=clock.now(), last_error=error.message)
    else:
        attempt.end(JobState.REFUSED, error.message)


def sentence(error: Exception) -> str:
    """An error as one bounded sentence with a capital and a full stop."""
    text = " ".join(str(error).split())[:1000] or f"The build stopped by {type(error).__name__}"
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _stages(attempt: Attempt, maker: Maker, folder: Path) -> None:
    build = attempt.build
    int8 = _timed(attempt, Stage.QUANTISE, lambda: int8_model_make(build.version, folder), str)
    order = _order(build, int8)
    made = maker(order, folder, attempt)
    files = _timed(
        attempt,
        Stage.SIGN,
        lambda: outputs_sign(order, made, int8, build),
        lambda made: f"{len(made.files)} files",
    )
    attempt.enter(Stage.STORE)
    result_store(build, attempt.fence, int8, files)


def _timed(
    attempt: Attempt, stage: Stage, run: Callable[[], Result], text: Callable[[Result], str]
) -> Result:
    attempt.enter(stage)
    started = monotonic()
    made = run()
    attempt.note(stage, monotonic() - started, text(made))
    return made


def _order(build: Build, int8: Int8Model) -> Order:
    facts = version_facts(build.version)
    return Order(
        target=load_target(build.target),
        optimise=Optimise(build.recipe["optimise"]),
        weights=Weights(build.recipe.get("weights", Weights.TOGETHER)),
        arithmetic=Arithmetic(build.recipe.get("arithmetic", Arithmetic.REFUSE)),
        int8=blobs.read(int8.blob_id),
        security_counter=build.recipe.get("security_counter"),
        schema=int8.telemetry_schema,
        vectors=settings.EDGEFLEET_BUILD_VECTORS,
        **facts,
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that goes when the attempt ends; what a killed worker leaves is removed by the
    sweeper.
    """
    root = Path(settings.EDGEFLEET_WORK_DIR)
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="build-", dir=root))
    try:
        yield folder
    finally:
        remove_tree(folder)
