"""Gusts: a fleet whose hours have long tails stays quiet, and one step pushes only so far."""

from dataclasses import replace

import numpy as np

from fleet.telemetry.judgement.components import Components
from fleet.telemetry.judgement.filtering import OFFSET, WANDER, Step, new_filter
from tests.fleet.telemetry.judgement.trials import watch_fleet
from tests.fleet.telemetry.judgement.world import MILD, Harm


def test_gusts_with_long_tails_alarm_nobody() -> None:
    watch = watch_fleet(replace(MILD, gusts=0.2), 60, 260, (), seed=8)
    assert watch.found is not None
    assert [each for each in watch.found.alarms if each.opened >= 96] == []


def test_a_surprise_is_bounded_in_its_own_standard_deviations() -> None:
    before = np.zeros((1, 3))
    one = Step(np.array([[5.0, -5.0, 0.1]]), np.array([[0.25, 4.0, 0.25]]), [], before)
    assert one.bounded(np.array([2.0, 2.0, 2.0])).surprise.tolist() == [[1.0, -4.0, 0.1]]


def test_a_surprise_that_lasts_goes_as_far_as_the_one_before() -> None:
    before = np.array([[6.0, 6.0, -6.0]])
    one = Step(np.array([[5.0, -5.0, -2.0]]), np.array([[0.25, 4.0, 0.25]]), [], before)
    assert one.bounded(np.array([2.0, 2.0, 2.0])).surprise.tolist() == [[3.0, -4.0, -2.0]]


def test_a_shift_of_two_deviations_in_the_first_week_is_found_within_hours() -> None:
    watch = watch_fleet(MILD, 12, 90, (Harm((0,), "shift", 2.0, 60),), seed=3)
    assert watch.found is not None
    assert min(each.opened for each in watch.found.alarms if each.device == 0) <= 66


def test_a_device_under_suspicion_follows_its_weather_and_keeps_its_level() -> None:
    part = np.full(1, 0.1)
    parts = Components(np.full((2, 1), 0.05), part, 0 * part, 0 * part, part, part + 0.6)
    found = new_filter(parts, 2, 1.0)
    one = found.step(np.ones((2, 1)), np.ones((2, 1)), np.zeros(1), np.zeros(2))
    found.learn(one, np.ones((2, 1), bool), np.array([[True], [False]]))
    assert found.mean[OFFSET, :, 0].tolist() == [found.mean[OFFSET, 0, 0], 0.0]
    assert found.mean[OFFSET, 0, 0] > 0
    assert (found.mean[WANDER] > 0).all()
    assert found.cover[OFFSET, OFFSET, 1, 0] == 0.1
