"""What is said to be knowable is what simulated fleets and rollouts turn out to know."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.telemetry.judgement.power.exposure import Exposure, design_effect
from fleet.telemetry.judgement.power.fleets import hours_to_alarm, in_a_day
from fleet.telemetry.judgement.power.rollouts import (
    advice,
    canaries_needed,
    hours_needed,
    hours_to_pass,
    smallest,
)
from tests.fleet.telemetry.judgement.oracle import hour_variance
from tests.fleet.telemetry.judgement.trials import START, Detection, rollouts, share
from tests.fleet.telemetry.judgement.world import AR8, INDEPENDENT, MILD, World

TWO = Exposure(2, 98, 15, 60)


@pytest.mark.parametrize("world", [INDEPENDENT, MILD, AR8])
def test_a_design_effect_is_the_simulated_world_s(world: World) -> None:
    assert design_effect(world.ar, 60) / 60 == pytest.approx(hour_variance(world, 60))


def test_a_harm_that_can_be_told_fails_simulated_rollouts() -> None:
    told = smallest(Exposure(5, 15, 12 * 60, 60))["confidence"].fails
    failed = rollouts(MILD, 5, 15, 8, harm=("confidence", told), looks=12).failed
    assert share(failed)[0] >= 5


def test_simulated_devices_alarm_when_it_is_said(mild: Detection) -> None:
    for size in (0.5, 1.0):
        said = hours_to_alarm(size, 81, 60, past_hours=START)
        assert float(np.median(mild.delays["shift", size])) <= 2 * said + 1


def test_delays_of_the_measured_table_are_what_is_said() -> None:
    measured = {0.0: (8, 3, 1), 0.5: (20, 8, 2), 0.8: (61, 23, 6)}
    for ar, hours in measured.items():
        effect = design_effect(ar, 60)
        said = [hours_to_alarm(size, 575, 60, effect, START) for size in (0.3, 0.5, 1.0)]
        assert said == pytest.approx(hours, rel=0.2, abs=1.1)


def test_the_advice_says_what_cannot_be_told_and_both_ways_out() -> None:
    assert advice(replace(TWO, minutes=240)) == (
        "2 canaries for 4 hours cannot tell less than 6.0 points of accuracy: "
        "wait 13 hours or take 10."
    )
    assert advice(TWO).startswith("2 canaries for 15 minutes cannot tell less than 57 points")
    day = advice(replace(TWO, minutes=1440))
    assert day == "2 canaries for 24 hours can tell 2.2 points of accuracy."


def test_the_advice_is_true_of_what_it_advises() -> None:
    plan = replace(TWO, minutes=240)
    wait, take = hours_needed(plan, "accuracy", 0.03), canaries_needed(plan, "accuracy", 0.03)
    assert (wait, take) == (13, 10)
    assert smallest(replace(plan, minutes=60 * 13))["accuracy"].fails <= 0.03
    assert smallest(replace(plan, minutes=60 * 12))["accuracy"].fails > 0.03
    assert smallest(replace(plan, canaries=10, controls=90))["accuracy"].fails <= 0.03


def test_too_few_devices_are_told_how_many_it_takes() -> None:
    assert advice(Exposure(1, 98, 600, 60)) == (
        "1 canary for 10 hours beside 98 devices that are not updated cannot be judged: "
        "take 2 of each."
    )


def test_what_no_wait_tells_is_said() -> None:
    assert "more devices are needed" in advice(Exposure(2, 4, 600, 1))
    assert hours_to_pass(Exposure(2, 4, 600, 1)) is None


def test_without_an_inference_or_a_minute_nothing_is_told() -> None:
    assert smallest(Exposure(2, 6, 0, 60))["accuracy"].fails == np.inf


def test_a_healthy_release_passes_later_than_a_large_harm_fails() -> None:
    passes = hours_to_pass(Exposure(2, 6, 60, 60))
    assert passes is not None
    assert 17 <= passes <= 36  # simulated: half by 17 h, four of five by 25 h


@given(
    canaries=st.integers(2, 50),
    controls=st.integers(2, 50),
    hours=st.integers(1, 700),
    rate=st.sampled_from([1.0, 60.0, 3600.0]),
)
def test_more_time_never_tells_less(canaries: int, controls: int, hours: int, rate: float) -> None:
    now = smallest(Exposure(canaries, controls, hours * 60, rate))
    later = smallest(Exposure(canaries, controls, hours * 60 + 60, rate))
    assert all(later[metric].fails <= now[metric].fails * 1.0001 for metric in now)


@pytest.mark.parametrize(
    ("minutes", "rate", "dependence"), [(np.nan, 60, 1), (15, np.inf, 1), (15, 60, -1.0)]
)
def test_an_exposure_of_numbers_that_cannot_be_is_refused(
    minutes: float, rate: float, dependence: float
) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        Exposure(2, 98, minutes, rate, dependence)


def test_a_larger_fleet_sees_smaller_changes_of_lots_and_releases() -> None:
    seen = [in_a_day(devices, 60) for devices in (10, 100, 1000)]
    assert [each.lot is None for each in seen] == [True, False, False]
    assert seen[1].lot > seen[2].lot  # type: ignore[operator]
    assert seen[0].rollout > seen[1].rollout > seen[2].rollout  # type: ignore[operator]
    rare = in_a_day(100, 1, 1.0)
    assert rare.device > 4 * seen[1].device  # type: ignore[operator]
