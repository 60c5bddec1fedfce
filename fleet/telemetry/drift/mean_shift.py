"""Did the mean fall? One-sided test on binned values, for the model's confidence in its own
answers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from fleet.telemetry.drift.chi_square import require_samples
from fleet.telemetry.drift.histogram import Counts, pair

MIN_SAMPLES = 30  # samples a side, for the normal approximation of a mean


@dataclass(frozen=True)
class MeanDrop:
    """By how much the mean fell (negative: it rose), and how often chance alone does that."""

    reference: float
    current: float
    drop: float
    p: float


def mean_drop(reference: ArrayLike, current: ArrayLike) -> MeanDrop:
    """Compare the means of two rows over bins of equal width on 0..1."""
    r, c = pair(reference, current)
    require_samples(min(r.sum(), c.sum()), MIN_SAMPLES)
    mean_r, error_r = _moments(r)
    mean_c, error_c = _moments(c)
    error = np.sqrt(error_r + error_c)
    drop = mean_r - mean_c
    p = float(ndtr(-drop / error)) if error > 0 else (0.0 if drop > 0 else 1.0)
    return MeanDrop(mean_r, mean_c, drop, p)


def _moments(counts: Counts) -> tuple[float, float]:
    middles = (np.arange(counts.size) + 0.5) / counts.size
    mean = float(np.average(middles, weights=counts))
    variance = float(np.average((middles - mean) ** 2, weights=counts))
    return mean, variance / float(counts.sum())
