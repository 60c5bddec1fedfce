import os
from datetime import timedelta

import pytest

from builds.models import Build
from builds.sweep import SCRATCH_LIFE, builds_sweep, scratch_sweep
from fleet.lib import clock
from fleet.lib.jobs import JobState, claim
from tests.builds import makers

pytestmark = pytest.mark.django_db


def test_a_build_whose_message_was_lost_is_woken() -> None:
    build = makers.request(makers.version())
    later = clock.now() + timedelta(minutes=2)
    with clock.fixed(later):
        builds_sweep()
    build.refresh_from_db()
    assert build.woken_at == later


def test_a_build_that_kills_its_workers_is_given_up_and_says_so() -> None:
    build = makers.request(makers.version())
    row, now = Build.objects.filter(pk=build.pk), clock.now()
    for number in range(3):
        claim(row, worker="x", now=now + number * timedelta(hours=1), lease_seconds=9, attempts=3)
    with clock.fixed(now + timedelta(hours=9)):
        builds_sweep()
    build.refresh_from_db()
    assert (build.state, build.failure) == (JobState.FAILED, "Given up after 3 attempts.")
    assert build.finished_at == now + timedelta(hours=9)


def test_only_old_scratch_folders_are_removed(tmp_path) -> None:  # type: ignore[no-untyped-def]
    now = clock.now()
    ages = {"build-old": SCRATCH_LIFE.total_seconds() + 1, "build-new": 5.0, "locks": 1e7}
    for name, age in ages.items():
        (tmp_path / name).mkdir()
        then = now.timestamp() - age
        os.utime(tmp_path / name, (then, then))
    scratch_sweep(tmp_path, now=now)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build-new", "locks"]
