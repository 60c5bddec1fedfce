"""A seeded hour of a fleet that fails, hangs, lies and repeats; afterwards the events are read."""

from typing import Any

import pytest

from ota.models import Assignment, AssignmentEvent, Rollout
from tests.simulators.day.day import Day
from tests.simulators.day.invariants import broken

pytestmark = pytest.mark.django_db


def test_everything_held_and_the_checker_would_have_seen_it(settings: Any) -> None:
    settings.EDGEFLEET_GATE_SECONDS = 60
    day = Day(devices=8, rollouts=3, hours=1, seed=7, step_seconds=120)
    day.run()
    assert broken() == []
    told = day.figures()
    assert told["rollouts"] == 3
    assert told["updates"] >= 8
    assert not Rollout.objects.filter(state="running").exists()
    _the_checker_sees_what_does_not_hold()


def _the_checker_sees_what_does_not_hold() -> None:
    took = Assignment.objects.filter(state="succeeded", kind="update").first()
    assert took is not None
    AssignmentEvent.objects.create(assignment=took, step="assign", state="assigned", at=took.since)
    found = " ".join(broken())
    assert "assign led from succeeded to assigned" in found
    Assignment.objects.filter(pk=took.pk).update(state="offered")
    assert "which has ended" in " ".join(broken())
