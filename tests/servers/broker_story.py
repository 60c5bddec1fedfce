"""Run by a test in a process of its own: builds over a broker that forgets, workers that die.

Its environment names a database and a broker. Prints one JSON line.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from celery import current_app  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from builds.models import Build  # noqa: E402
from builds.sweep import LOST_AFTER  # noqa: E402
from fleet.lib.jobs import JobState  # noqa: E402
from registry.services import version_admit  # noqa: E402
from tests import personas  # noqa: E402
from tests.builds import celery_story as story  # noqa: E402
from tests.builds import makers  # noqa: E402

ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.REFUSED)


def forget() -> int:
    """The broker loses what was sent: returns how many messages lay in the queue."""
    with current_app.connection_for_write() as wire:
        channel: Any = wire.default_channel  # of either kind of broker
        lost: int = channel.queue_purge("compile")
    return lost


def main(model: Path) -> int:
    """Lose the message, wake by the sweeper, kill the worker, finish with another."""
    call_command("migrate", verbosity=0)
    pending = makers.pending_version(model.read_bytes())
    version = version_admit(version=pending, io_schema=makers.IO_SCHEMA, ops={}, by=personas.SYSTEM)
    build = makers.request(version, "cortex-m4f")
    lost = forget()
    # The sweeper lets a message be under way for a while: that while has passed.
    Build.objects.update(woken_at=build.woken_at - LOST_AFTER - timedelta(seconds=1))
    first = story.worker()
    try:
        story.wait_for(build, lambda: build.state == JobState.RUNNING and build.stage != "")
    finally:
        story.kill(first)
    build.refresh_from_db()
    killed = {"state": build.state, "worker": build.worker}
    second = story.worker()
    try:
        story.wait_for(build, lambda: build.state in ENDED)
    finally:
        story.kill(second)
    ended = {"state": build.state, "worker": build.worker, "attempt": build.attempt}
    kinds = sorted(set(build.artifacts.values_list("kind", flat=True)))
    ended |= {"failure": build.failure, "kinds": kinds}
    found = {"vendor": connection.vendor, "lost": lost, "killed": killed, "ended": ended}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
