"""PSI: finite, centred on zero without change, near its true value with one, covered by its
interval.
"""

import numpy as np
import pytest
from hypothesis import given

from fleet.telemetry.drift.histogram import count
from fleet.telemetry.drift.psi import psi
from tests.fleet.telemetry.drift.strategies import EDGES, generator, multinomial, rows

EVEN = np.full(10, 0.1)
TILTED = np.linspace(0.05, 0.15, 10)


def true_psi(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.sum((q - p) * np.log(q / p)))


@given(rows)
def test_it_is_always_finite(drawn: tuple[list[int], list[int]]) -> None:
    found = psi(*drawn)
    assert np.all(np.isfinite([found.value, found.debiased, found.low, found.high]))
    assert found.low <= found.debiased <= found.high


def test_it_is_zero_on_average_when_nothing_changed() -> None:
    random = generator()
    found = [
        psi(multinomial(random, 1000, EVEN), multinomial(random, 200, EVEN)) for _ in range(800)
    ]
    assert abs(np.mean([each.debiased for each in found])) < 0.005
    assert np.mean([each.value for each in found]) > 0.04  # what the usual PSI would show


def test_it_estimates_the_true_value_when_something_changed() -> None:
    random, truth = generator(3), true_psi(EVEN, TILTED)
    found = [
        psi(multinomial(random, 1000, EVEN), multinomial(random, 400, TILTED)).debiased
        for _ in range(500)
    ]
    assert np.mean(found) == pytest.approx(truth, rel=0.1)


@pytest.mark.parametrize("shares", [EVEN, TILTED])
def test_its_interval_covers_the_truth(shares: np.ndarray) -> None:
    random, truth = generator(5), true_psi(EVEN, shares)
    found = [
        psi(multinomial(random, 1000, EVEN), multinomial(random, 300, shares)) for _ in range(500)
    ]
    assert np.mean([each.low <= truth <= each.high for each in found]) >= 0.92


def test_large_counts_agree_with_the_plain_formula() -> None:
    reference, current = EVEN * 1e7, TILTED * 1e7
    assert psi(reference, current).value == pytest.approx(true_psi(EVEN, TILTED), rel=1e-4)


def test_one_absurd_value_changes_as_little_as_one_ordinary_tail_value() -> None:
    random = generator(9)
    reference, current = random.normal(size=2000), random.normal(0.5, 1, size=500)
    tail = psi(count(reference, EDGES), count([*current, 3.0], EDGES))
    absurd = psi(count(reference, EDGES), count([*current, 1e9], EDGES))
    assert absurd == tail
