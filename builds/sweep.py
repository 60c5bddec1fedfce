"""The janitor: finds what dead workers and lost messages left, and asks for it again."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from builds.models import Build
from builds.services import BUILD_RUN
from builds.signals import build_failed
from builds.sources.admission.admit import admissions_sweep
from fleet.lib import clock
from fleet.lib.jobs import JobState, sweep
from fleet.lib.trees import remove_trees

log = logging.getLogger(__name__)
LOST_AFTER: Final = timedelta(seconds=60)  # a message that is this old was lost
SCRATCH_LIFE: Final = timedelta(hours=6)  # longer than any build


def builds_sweep() -> None:
    """Wake builds and probes that nobody works on, and give up those that cost too many workers."""
    now = clock.now()
    sweep(
        Build.objects.all(),
        task_name=BUILD_RUN,
        now=now,
        lost_after=LOST_AFTER,
        attempts=settings.EDGEFLEET_BUILD_ATTEMPTS,
    )
    _say_why(now)
    admissions_sweep(now=now, lost_after=LOST_AFTER)
    scratch_sweep(Path(settings.EDGEFLEET_WORK_DIR), now=now)


def _say_why(now: datetime) -> None:
    """A build that was given up tells people the same sentence as its job."""
    silent = Build.objects.filter(state=JobState.FAILED, failure="")
    for build in silent.only("pk", "last_error"):
        Build.objects.filter(pk=build.pk, failure="").update(
            failure=build.last_error, finished_at=now, updated_at=now
        )
        build.refresh_from_db()
        build_failed.send(sender=Build, build=build)


def scratch_sweep(root: Path, *, now: datetime) -> None:
    """Remove the folders of workers that were killed; one that stays does not keep the others."""
    left = remove_trees([folder for folder in root.glob("build-*") if _is_old(folder, now)])
    if left:
        log.warning("%d folders of dead workers cannot be removed: %s", len(left), left[0])


def _is_old(folder: Path, now: datetime) -> bool:
    try:
        return now.timestamp() - folder.lstat().st_mtime > SCRATCH_LIFE.total_seconds()
    except OSError:  # its worker has just removed it
        return False
