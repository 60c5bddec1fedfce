"""Weekdays: learnt where the fleet shows them, never from noise, never from what is suspected."""

import numpy as np

from fleet.telemetry.judgement.relearn.weekdays import Weekdays

DEVICES, DAY = 40, 4  # steps a day


def weeks(
    count: int, *, sd: float, suspected: bool = False, devices: int = DEVICES
) -> tuple[Weekdays, np.ndarray]:
    """What was learnt in so many weeks, and what the next day's weekday truly adds."""
    random = np.random.default_rng(4)
    usual = sd * random.standard_normal((7, devices, 2))
    usual -= usual.mean(axis=0)
    found = Weekdays((devices, 2), DAY)
    for day in range(7 * count):
        for _ in range(DAY):
            noise = 0.15 * random.standard_normal((devices, 2))
            found.add(usual[day % 7] + noise, np.full((devices, 2), not suspected))
    return found, usual[0]


def test_a_pattern_of_the_week_is_expected_after_two_weeks() -> None:
    found, usual = weeks(3, sd=0.3)
    assert np.corrcoef(found.usual.ravel(), usual.ravel())[0, 1] > 0.9
    assert (found.explained > 0.04).all()


def test_after_one_week_nothing_is_known() -> None:
    assert not weeks(1, sd=0.3)[0].usual.any()


def test_noise_is_no_weekday() -> None:
    found, _ = weeks(4, sd=0.0)
    assert not found.usual.any()
    assert not found.explained.any()


def test_slow_weather_is_no_weekday() -> None:
    random = np.random.default_rng(5)
    found, own = Weekdays((DEVICES, 2), DAY), np.zeros((DEVICES, 2))
    for _ in range(28 * DAY):
        own = 0.95 * own + 0.1 * random.standard_normal(own.shape)
        found.add(own, np.ones(own.shape, bool))
    assert not found.usual.any()


def test_days_under_suspicion_teach_nothing() -> None:
    assert not weeks(4, sd=0.3, suspected=True)[0].usual.any()


def test_a_few_devices_cannot_show_it() -> None:
    assert not weeks(4, sd=0.3, devices=5)[0].usual.any()
