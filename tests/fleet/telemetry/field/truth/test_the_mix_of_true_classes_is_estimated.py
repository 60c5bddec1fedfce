"""Label shift, from the confusion of the build."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.telemetry.field.truth.label_shift import LabelShift, NotInvertible, label_shift

GIVEN = np.array([[0.9, 0.1, 0.05], [0.05, 0.8, 0.05], [0.05, 0.1, 0.9]])


def confusion(shares: np.ndarray, count: int = 3000) -> np.ndarray:
    return np.asarray(GIVEN * shares * count)


def predictions(shares: np.ndarray, count: int, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.multinomial(count, GIVEN @ shares).astype(float)


def estimated(shares: np.ndarray, count: int = 5000, seed: int = 1) -> LabelShift:
    before = np.array([0.5, 0.3, 0.2])
    found = label_shift(confusion(before), predictions(shares, count, seed), 1.0)
    assert isinstance(found, LabelShift)
    return found


def test_the_true_mix_is_found_where_the_predicted_one_is_off() -> None:
    now = np.array([0.1, 0.2, 0.7])
    found = estimated(now)
    assert np.abs(found.shares - now).max() < 0.02
    assert np.abs(found.linear - now).max() < 0.03
    assert found.reference.tolist() == pytest.approx([0.5, 0.3, 0.2])


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    now = np.array([0.2, 0.5, 0.3])
    inside = [
        (found.low <= now) & (now <= found.high)
        for found in (estimated(now, 2000, seed) for seed in range(200))
    ]
    assert 0.93 <= np.mean(inside) <= 1.0


@given(st.lists(st.integers(1, 100), min_size=3, max_size=3))
def test_shares_are_shares(weights: list[int]) -> None:
    found = estimated(np.array(weights) / sum(weights), 500)
    assert found.shares.sum() == pytest.approx(1)
    assert (found.shares >= 0).all()
    assert (found.low <= found.shares).all()
    assert (found.shares <= found.high).all()


def test_a_model_that_confuses_two_classes_tells_no_mix() -> None:
    same = np.array([[50.0, 50.0], [50.0, 50.0]])
    found = label_shift(same, np.array([500.0, 500.0]), 1.0)
    assert isinstance(found, NotInvertible)
    assert "confuses some classes" in found.sentence


def test_a_class_without_reference_samples_tells_no_mix() -> None:
    found = label_shift(np.array([[50.0, 0.0], [1.0, 0.0]]), np.array([500.0, 500.0]), 1.0)
    assert isinstance(found, NotInvertible)
    assert "no sample of some class" in found.sentence


def test_a_few_predictions_are_too_few() -> None:
    found = label_shift(np.eye(2) * 100, np.array([5.0, 5.0]), 1.0)
    assert isinstance(found, NotInvertible)
    assert found.sentence == "10 predictions, 100 are needed."
