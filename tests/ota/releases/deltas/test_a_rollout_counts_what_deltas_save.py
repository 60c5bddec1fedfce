"""The plan says what deltas will save, a rollout may wait for them, and the report says what they
saved.
"""

from datetime import timedelta

import pytest

from fleet.lib import clock
from fleet.lib.jobs import JobState
from ota.engine.states import AssignmentState, WaveState
from ota.models import Assignment, Delta, Wave
from ota.planning.parts import draft_of
from ota.planning.plan import plan_of
from ota.planning.report import report_of
from ota.releases.deltas.asking import WHOLE
from ota.releases.deltas.offering import WAIT_MAX, awaited
from tests.ota.releases.deltas.scene import DeltaScene, ready

pytestmark = pytest.mark.django_db
WAIT = {"deltas": "wait"}


def test_the_plan_has_both_numbers() -> None:
    scene = ready(start=False)
    plan = plan_of(draft_of(scene.rollout), clock.now(), drawn=True)
    assert plan.fetched_bytes == plan.size_bytes == scene.new.size_bytes
    scene.made(data=b"short")
    plan = plan_of(draft_of(scene.rollout), clock.now(), drawn=True)
    assert (plan.fetched_bytes, plan.size_bytes) == (5, scene.new.size_bytes)
    assert "5 bytes by deltas" in plan.summary
    assert [wave.fetched_bytes for wave in plan.waves if wave.devices] == [5]


def test_a_plan_without_deltas_counts_whole_files() -> None:
    scene = ready(start=False)
    scene.made()
    scene.rollout.policy["delivery"] = {"deltas": "never"}
    plan = plan_of(draft_of(scene.rollout), clock.now(), drawn=True)
    assert plan.fetched_bytes == plan.size_bytes


def began(scene: DeltaScene) -> bool:
    scene.begin()
    return scene.assignment.state != AssignmentState.PLANNED


def test_a_rollout_that_waits_begins_when_all_are_made() -> None:
    scene = ready(delivery=WAIT)
    assert not began(scene)
    scene.rollout.refresh_from_db()
    assert awaited(scene.rollout, clock.now()) == "2 deltas are still being made"
    scene.made()
    assert not began(scene)
    Delta.objects.filter(source=WHOLE).update(state=JobState.REFUSED)
    assert began(scene)


def test_it_does_not_wait_for_ever() -> None:
    scene = ready(delivery=WAIT)
    with clock.fixed(clock.now() + WAIT_MAX + timedelta(seconds=1)):
        assert began(scene)


def test_a_rollout_that_has_begun_waits_for_nothing() -> None:
    scene = ready(delivery=WAIT)
    Wave.objects.filter(rollout=scene.rollout, index=0).update(state=WaveState.UPDATING)
    scene.rollout.refresh_from_db()
    assert awaited(scene.rollout, clock.now()) == ""


def test_the_report_says_what_was_saved() -> None:
    scene = ready()
    scene.begin()
    row = scene.made(data=b"short")
    Assignment.objects.update(delta=row, state=AssignmentState.SUCCEEDED)
    saving = report_of(scene.rollout).saving
    assert (saving.devices, saving.fetched_bytes) == (1, 5)
    assert saving.saved_bytes == scene.new.size_bytes - 5


def test_what_failed_has_saved_nothing() -> None:
    scene = ready()
    scene.begin()
    Assignment.objects.update(delta=scene.made(), state=AssignmentState.FAILED)
    assert report_of(scene.rollout).saving.saved_bytes == 0
