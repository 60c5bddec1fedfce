"""Benjamini-Hochberg and Simes are SciPy's, and hold their rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from fleet.telemetry.drift.benjamini_hochberg import adjusted
from fleet.telemetry.drift.simes import simes
from tests.fleet.telemetry.drift.strategies import generator

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(p_values)
def test_adjustment_equals_scipy(p: list[float]) -> None:
    assert adjusted(p) == pytest.approx(false_discovery_control(p).tolist())


@given(p_values)
def test_adjustment_never_lowers_a_p_value_nor_its_order(p: list[float]) -> None:
    q = adjusted(p)
    assert all(after >= before for before, after in zip(p, q, strict=True))
    assert all(q[i] <= q[j] for i in range(len(p)) for j in range(len(p)) if p[i] <= p[j])


def test_nothing_tested_is_nothing_found() -> None:
    assert adjusted([]) == []
    assert simes([]) == 1.0


def test_simes_is_uniform_at_worst() -> None:
    random = generator()
    found = [simes(random.uniform(size=8).tolist()) <= 0.05 for _ in range(3000)]
    assert np.mean(found) < 0.062


def test_few_of_a_thousand_healthy_are_called() -> None:
    random = generator(2)
    called = [
        sum(q <= 0.05 for q in adjusted(random.uniform(size=1000).tolist())) for _ in range(50)
    ]
    assert np.mean([each > 0 for each in called]) < 0.15
