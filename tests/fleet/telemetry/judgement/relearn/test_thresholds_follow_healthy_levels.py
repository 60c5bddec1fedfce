"""Thresholds rise where healthy levels reach further than promised, and not because of harm."""

import numpy as np

from fleet.telemetry.judgement.cusum import Cusums, new_cusums
from fleet.telemetry.judgement.relearn.tails import PARTS, scale

DEVICES, STEPS = 400, 168


def cusums_of(level: float = 0.0) -> Cusums:
    """One channel, one shift, quiet for a thousand years."""
    found = new_cusums((0.5,), np.ones((1, 2, 1)), np.array([0.05]), DEVICES, 1e7)
    found.level[:] = level
    return found


def reached(share: float, part: float = 0.8) -> np.ndarray:
    """Highest levels: a share of the devices came so far, in one direction."""
    highest = np.zeros((1, 2, DEVICES, 1))
    highest[0, 0, : int(share * DEVICES)] = part * cusums_of().threshold[0, 0]
    return highest


def test_levels_as_promised_change_nothing() -> None:
    assert (scale(cusums_of(), reached(0.01, PARTS[0]), STEPS) == 1).all()


def test_many_that_came_far_and_fell_back_raise_the_threshold_of_their_direction() -> None:
    found = scale(cusums_of(), reached(0.1), STEPS)
    assert found[0, 0, 0] > 1.3
    assert found[0, 1, 0] == 1


def test_devices_that_stay_where_they_are_raise_nothing() -> None:
    high = 0.8 * float(cusums_of().threshold[0, 0])
    assert (scale(cusums_of(high), reached(0.1), STEPS) == 1).all()


def test_devices_that_another_detector_still_follows_raise_nothing() -> None:
    cusums = cusums_of()
    cusums.level[0, 1] = 0.9 * cusums.threshold[0, 0]
    assert (scale(cusums, reached(0.1), STEPS) == 1).all()


def test_devices_in_alarm_are_not_counted() -> None:
    assert (scale(cusums_of(), reached(0.1, 1.1), STEPS) == 1).all()


def test_the_more_came_far_the_higher() -> None:
    raised = [float(scale(cusums_of(), reached(part), STEPS).max()) for part in (0.05, 0.1, 0.3)]
    assert raised == sorted(raised)
