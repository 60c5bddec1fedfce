"""Kept counts are what the rows say, whatever moves them."""

from typing import Any

import pytest
from django.db import transaction

from device_agent.protocol.ddi import Execution, Feedback, Finished
from ota import selectors, services
from ota.engine.states import AssignmentState, Kind
from ota.models import Assignment, AssignmentCount, Rollout
from ota.rollouts.large import counts
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
DEVICES = 12


def kept(rollout: Rollout) -> dict[tuple[int, str, str], int]:
    """The sums of the kept rows, without what is none."""
    found: dict[tuple[int, str, str], int] = {}
    for row in AssignmentCount.objects.filter(rollout=rollout):
        key = (row.wave_id, row.kind, row.state)
        found[key] = found.get(key, 0) + row.devices
    return {key: devices for key, devices in found.items() if devices}


def right(rollout: Rollout) -> bool:
    """Whether both say the same."""
    return kept(rollout) == counts.counted(rollout)


def story(**changes: Any) -> Rollout:
    """A rollout in two waves over a dozen devices."""
    waves = [{"share_percent": 50}, {"share_percent": 100}]
    group = makers.group(makers.devices(DEVICES))
    return makers.rollout(makers.release(), group, waves=waves, **changes)


def answer(rollout: Rollout, word: Finished) -> int:
    """Every device that is offered something ends it; how many."""
    rows = list(Assignment.objects.filter(rollout=rollout, state="offered"))
    for row in rows:
        said = Feedback(Execution.CLOSED, word)
        services.assignment_update(device=row.device, action_id=row.pk, feedback=said)
    return len(rows)


def test_after_every_step_of_a_rollout_that_succeeds() -> None:
    rollout = story()
    assert right(rollout)
    for _ in range(2):
        services.rollout_tick(rollout.pk)
        assert right(rollout)
        assert answer(rollout, Finished.SUCCESS)
        assert right(rollout)
    services.rollout_tick(rollout.pk)
    assert right(rollout)
    assert selectors.rollout_progress(rollout).counts == {"succeeded": DEVICES}


def test_after_failures_second_attempts_and_the_way_back() -> None:
    failures = [{"percent": 100, "min_sample": 100}]
    rollout = story(attempts=2, failures=failures, success_percent=1)
    services.rollout_tick(rollout.pk)
    assert answer(rollout, Finished.FAILURE)
    services.rollout_tick(rollout.pk)
    assert right(rollout)
    assert answer(rollout, Finished.SUCCESS)
    rollout.refresh_from_db()
    services.rollout_roll_back(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    assert right(rollout)
    back = Assignment.objects.filter(rollout=rollout, latest=True, kind=Kind.ROLLBACK).count()
    assert sum(counts.kind_counts(rollout, Kind.ROLLBACK).values()) == back


def test_rows_that_are_moved_by_hand_are_counted_too() -> None:
    rollout = story()
    Assignment.objects.filter(rollout=rollout).update(state=AssignmentState.CANCELLED)
    assert right(rollout)
    Assignment.objects.filter(rollout=rollout).update(latest=False)
    assert kept(rollout) == {}
    Assignment.objects.filter(rollout=rollout).update(latest=True)
    assert right(rollout)


def test_changes_are_added_up_and_stay_the_same() -> None:
    rollout = story()
    for state in ("assigned", "offered", "planned") * 40:
        Assignment.objects.filter(rollout=rollout, position=0).update(state=state)
    before = kept(rollout)
    assert counts.fold(rollout.pk) >= counts.FOLD_ROWS
    assert kept(rollout) == before
    assert AssignmentCount.objects.filter(rollout=rollout).count() == len(before)
    assert right(rollout)


def test_a_change_that_is_taken_back_is_not_counted() -> None:
    rollout = story()
    mark = transaction.savepoint()
    Assignment.objects.filter(rollout=rollout).update(state=AssignmentState.SKIPPED)
    transaction.savepoint_rollback(mark)
    assert right(rollout)
