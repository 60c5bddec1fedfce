"""Pearson's statistic is SciPy's, and it refuses where it would be wrong."""

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import chi2_contingency, kstest

from fleet.telemetry.drift.bins import merge_sparse
from fleet.telemetry.drift.chi_square import two_sample
from fleet.telemetry.drift.errors import NotEnoughData
from tests.fleet.telemetry.drift.strategies import generator, multinomial, rows


@given(rows)
def test_it_equals_scipy_on_the_merged_table(drawn: tuple[list[int], list[int]]) -> None:
    r, c = merge_sparse(*drawn)
    if r.size < 2 or min(r.sum(), c.sum()) < 10 * r.size:
        return
    ours = two_sample(*drawn)
    theirs = chi2_contingency(np.array([r, c]), correction=False)
    assert ours.dof == theirs.dof
    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue, abs=1e-12)


def test_p_values_are_uniform_when_nothing_changed() -> None:
    random, shares = generator(), np.full(10, 0.1)
    p = [
        two_sample(multinomial(random, 2000, shares), multinomial(random, 500, shares)).p
        for _ in range(1500)
    ]
    assert kstest(p, "uniform").pvalue > 0.01


def test_false_alarms_keep_their_rate_with_uneven_bins() -> None:
    random = generator(11)
    shares = np.array([0.001, 0.004, 0.02, 0.1, 0.2, 0.35, 0.2, 0.1, 0.02, 0.005])
    alarms = [
        two_sample(multinomial(random, 500, shares), multinomial(random, 200, shares)).p < 0.05
        for _ in range(2000)
    ]
    assert 0.03 < np.mean(alarms) < 0.07


def test_a_new_category_gives_a_finite_answer() -> None:
    found = two_sample([300, 200, 0], [100, 80, 60], ordered=False)
    assert np.isfinite(found.statistic)
    assert found.p < 1e-6


def test_one_bin_can_never_differ() -> None:
    assert two_sample([500, 0], [300, 0]).p == 1.0


def test_fewer_than_ten_samples_a_bin_are_refused() -> None:
    with pytest.raises(NotEnoughData, match=r"\d+ samples, \d+ are needed") as caught:
        two_sample(np.full(10, 100.0), np.full(10, 6.0))
    assert caught.value.need == 100


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(NotEnoughData):
        two_sample([0, 0, 0], [100, 100, 100])
