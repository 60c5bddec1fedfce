"""The rate of false alarms and its interval, against SciPy's own exact one."""

from datetime import timedelta

import pytest
from scipy.stats import poisson

from fleet.telemetry.alerts.backtest import false_alarms

MONTH = timedelta(days=30)


def test_nothing_told_in_a_month_may_still_be_three() -> None:
    rate = false_alarms(0, 0, MONTH)
    assert (rate.expected, rate.low) == (0, 0)
    assert rate.high == pytest.approx(3.689, abs=1e-3)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_the_ends_are_where_the_count_becomes_unlikely(count: int) -> None:
    rate = false_alarms(count, 0, MONTH)
    assert poisson.sf(count - 1, rate.low) == pytest.approx(0.025)
    assert poisson.cdf(count, rate.high) == pytest.approx(0.025)


def test_what_nobody_judged_widens_upwards_only() -> None:
    wide, narrow = false_alarms(1, 4, MONTH), false_alarms(1, 0, MONTH)
    assert wide.low == narrow.low
    assert wide.high > narrow.high
    assert wide.expected == 5


def test_a_short_record_says_less() -> None:
    assert false_alarms(2, 0, timedelta(days=3)).expected == pytest.approx(20)
    with pytest.raises(ValueError, match="span"):
        false_alarms(2, 0, timedelta(0))
