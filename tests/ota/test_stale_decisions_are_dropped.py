"""Two ticks at once: the second one's decision was made from an old look and is not applied."""

from typing import Any

import pytest

from fleet.lib import clock
from ota.engine.commands import Assign, CancelAssignment
from ota.engine.decide import decide
from ota.engine.states import AssignmentState
from ota.models import Assignment, Rollout
from ota.rollouts.apply import apply
from ota.rollouts.snapshot import take_snapshot
from tests.ota import makers

pytestmark = pytest.mark.django_db


def running(count: int = 5, **overrides: Any) -> Rollout:
    group, waves = makers.group(makers.devices(count)), [{"share_percent": 100}]
    return makers.rollout(makers.release(), group, waves=waves, **overrides)


def look(rollout: Rollout) -> Rollout:
    return Rollout.objects.get(pk=rollout.pk)


def test_the_second_of_two_equal_decisions_is_dropped() -> None:
    rollout = running(max_in_flight=2)
    now = clock.now()
    first, second = look(rollout), look(rollout)
    commands = decide(take_snapshot(first), now)
    assert apply(first, commands, now)
    assert not apply(second, commands, now)


def test_a_late_assignment_does_not_exceed_the_cap() -> None:
    rollout = running(max_in_flight=2)
    now = clock.now()
    assert apply(look(rollout), decide(take_snapshot(look(rollout)), now), now)  # opens the wave
    early, late = look(rollout), look(rollout)
    assert apply(early, decide(take_snapshot(early), now), now)
    others = Assignment.objects.filter(state=AssignmentState.PLANNED)
    assert not apply(late, [Assign(pk) for pk in others.values_list("pk", flat=True)], now)
    assert Assignment.objects.filter(state=AssignmentState.ASSIGNED).count() == 2


def test_a_command_that_no_longer_fits_its_device_is_left_out() -> None:
    _, rollout, assignment = makers.lonely()
    Assignment.objects.filter(pk=assignment.pk).update(state=AssignmentState.SUCCEEDED)
    assert apply(look(rollout), [CancelAssignment(assignment.pk, "late")], clock.now())
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.SUCCEEDED


def test_a_look_costs_the_same_for_few_and_many(django_assert_max_num_queries: object) -> None:
    small, many = running(2), None
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        take_snapshot(small)
    many = makers.rollout(
        Rollout.objects.get().release, makers.group(makers.devices(60, prefix="big"), "big")
    )
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        take_snapshot(many)
