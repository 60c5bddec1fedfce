"""Mean drop, Wilson's interval, bounded contributions, thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from fleet.telemetry.drift.defaults import DEFAULTS, thresholds
from fleet.telemetry.drift.errors import DriftError, NotEnoughData
from fleet.telemetry.drift.mean_shift import mean_drop
from fleet.telemetry.drift.wilson import wilson
from fleet.telemetry.ingest.counts.units import cap_contributions


def test_a_fall_of_the_mean_is_found() -> None:
    found = mean_drop([0, 0, 10, 90], [0, 30, 30, 40])
    assert found.drop == pytest.approx(found.reference - found.current)
    assert found.drop > 0.1
    assert found.p < 1e-6


def test_a_rise_is_no_fall() -> None:
    found = mean_drop([0, 30, 30, 40], [0, 0, 10, 90])
    assert found.drop < 0
    assert found.p > 0.99


@pytest.mark.parametrize(("current", "p"), [([0, 100], 1.0), ([100, 0], 0.0)])
def test_constant_confidence_has_no_spread_to_test(current: list[int], p: float) -> None:
    assert mean_drop([0, 100], current).p == p


def test_a_mean_of_few_is_refused() -> None:
    with pytest.raises(NotEnoughData):
        mean_drop([100, 100], [10, 10])


@given(st.integers(1, 500), st.data())
def test_wilson_equals_scipy(trials: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, trials))
    theirs = binomtest(hits, trials).proportion_ci(method="wilson")
    assert wilson(hits, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-5)


def test_no_trials_tell_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_no_device_counts_for_more_than_its_bound(samples: list[int]) -> None:
    counts = {str(i): np.array([n / 2, n / 2]) for i, n in enumerate(samples)}
    capped = cap_contributions(counts, {str(i): n for i, n in enumerate(samples)}, ratio=2.0)
    limit = 2.0 * float(np.median(samples))
    assert all(row.sum() <= limit * (1 + 1e-9) for row in capped.values())
    assert all(row[0] == pytest.approx(row[1]) for row in capped.values())


def test_no_devices_stay_no_devices() -> None:
    assert cap_contributions({}, {}, ratio=2.0) == {}


def test_a_threshold_can_be_overridden_by_name() -> None:
    assert thresholds({"psi_warning": 0.2}).psi_warning == 0.2
    assert thresholds({}) == DEFAULTS


def test_an_unknown_threshold_is_refused() -> None:
    with pytest.raises(DriftError, match="unknown drift threshold 'psi'"):
        thresholds({"psi": 1})
