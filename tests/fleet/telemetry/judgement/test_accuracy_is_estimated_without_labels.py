"""CBPE from counts: within .02 of what is realised, with an interval."""

import numpy as np

from fleet.telemetry.judgement.calibration import accuracy_table, estimate

BINS = 16


def world(seed: int, mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Counts by bin, and how many were right, of a calibrated model."""
    random = np.random.default_rng(seed)
    sure = np.clip(random.normal(mean, 0.15, 20_000), 0, 0.999)
    right = random.random(sure.size) < sure
    bins = (sure * BINS).astype(int)
    return np.bincount(bins, minlength=BINS), np.bincount(bins[right], minlength=BINS)


def test_it_is_near_the_realised_accuracy_when_inputs_move() -> None:
    total, correct = world(1, 0.85)
    for mean in (0.9, 0.8, 0.65):
        seen, right = world(2, mean)
        found = estimate(seen[None].astype(float), total.astype(float), correct.astype(float), 1.0)
        realised = right.sum() / seen.sum()
        assert abs(found.accuracy - realised) < 0.02
        assert found.low < realised < found.high


def test_dependence_widens_the_interval() -> None:
    total, correct = (each.astype(float) for each in world(1, 0.85))
    narrow, wide = (estimate(total[None], total, correct, deff) for deff in (1.0, 8.0))
    assert wide.high - wide.low > narrow.high - narrow.low


def test_a_bin_without_predictions_is_what_its_neighbours_are() -> None:
    total, correct = np.full(BINS, 100.0), np.full(BINS, 90.0)
    total[3] = correct[3] = 0
    assert abs(accuracy_table(total, correct)[3] - 0.9) < 0.01


def test_without_inferences_nothing_is_known() -> None:
    found = estimate(np.zeros((2, BINS)), np.ones(BINS), np.ones(BINS), 1.0)
    assert np.isnan(found.accuracy)
    assert (found.low, found.high) == (0.0, 1.0)
