"""Run by a test in a process of its own: a Celery worker is killed, another ends it.

Its environment names a database file and a broker folder. Prints one JSON line.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from builds.models import Build  # noqa: E402
from builds.toolchain.group import end_group  # noqa: E402
from fleet.lib.jobs import JobState  # noqa: E402
from registry.services import version_admit  # noqa: E402
from tests import personas  # noqa: E402
from tests.builds import makers  # noqa: E402
from tests.waiting import until  # noqa: E402

LOG = Path(os.environ["EDGEFLEET_VAR"]) / "workers.log"


def worker() -> subprocess.Popen[bytes]:
    """A real worker process, with the beat that sweeps."""
    words = (
        "-A fleet worker --beat --pool solo -Q compile,default --without-gossip --without-mingle"
    )
    with LOG.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", *words.split(), "--loglevel", "INFO"],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """As the kernel does when memory runs out: the worker and all it started."""
    end_group(process.pid)
    process.wait()


def wait_for(build: Build, reached: Callable[[], bool]) -> None:
    """Poll the row until it got there."""

    def looked() -> bool:
        build.refresh_from_db()
        return reached()

    until(looked, "the build got there", log=LOG)


def main(model: Path) -> int:
    """Push, build, kill, and watch."""
    call_command("migrate", verbosity=0)
    pending = makers.pending_version(model.read_bytes())
    version = version_admit(version=pending, io_schema=makers.IO_SCHEMA, ops={}, by=personas.SYSTEM)
    build = makers.request(version, "cortex-m4f")
    first = worker()
    try:
        wait_for(build, lambda: build.state == JobState.RUNNING and build.stage != "")
    finally:
        kill(first)
    build.refresh_from_db()
    killed = {"state": build.state, "worker": build.worker, "stage": build.stage}
    second = worker()
    try:
        wait_for(build, lambda: build.state not in (JobState.QUEUED, JobState.RUNNING))
    finally:
        kill(second)
    ended = {
        "state": build.state,
        "worker": build.worker,
        "attempt": build.attempt,
        "failure": build.failure,
        "files": build.artifacts.count(),
    }
    sys.stdout.write(json.dumps([killed, ended]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
