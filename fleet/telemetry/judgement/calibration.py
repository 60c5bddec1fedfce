"""Accuracy without labels, from how sure the model is and how often it was right when so sure.

Confidence-based performance estimation (CBPE, after NannyML): the estimate is a mean of calibrated
accuracies. It cannot see a changed meaning of the labels, nor a model that is wrong and sure.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from fleet.telemetry.judgement.layout import Reals

CAVEAT: Final = "cannot see a changed meaning of the labels"
SHRINK: Final = 8.0  # predictions of the neighbourhood that a bin is shrunk to
WIDTH: Final = 1.5  # bins: of the kernel that makes the neighbourhood
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Estimate:
    """Estimated accuracy with its interval; say CAVEAT wherever it is shown."""

    accuracy: float
    low: float
    high: float
    samples: float


def accuracy_table(total: Reals, correct: Reals) -> Reals:
    """Return the share of right predictions by bin, (bins) or (classes, bins).

    A bin with few predictions is shrunk to its neighbours, one without any is what they are.
    """
    smooth = _smooth(np.atleast_2d(total), np.atleast_2d(correct))
    found = (np.atleast_2d(correct) + SHRINK * smooth) / (np.atleast_2d(total) + SHRINK)
    return np.asarray(found.reshape(total.shape))


def estimate(confidences: Reals, total: Reals, correct: Reals, design_effect: float) -> Estimate:
    """Return the accuracy that counts (classes, bins) suggest.

    The interval holds the calibration's uncertainty (a Beta in each bin) and the sampling of the
    right predictions, of which `design_effect` correlated ones count for one.
    """
    table = np.broadcast_to(accuracy_table(total, correct), confidences.shape)
    samples = float(confidences.sum())
    if samples <= 0:
        return Estimate(float("nan"), 0.0, 1.0, 0.0)
    by_bin = confidences if total.ndim > 1 else confidences.sum(axis=0)
    rate = table if total.ndim > 1 else table[0]
    share = by_bin / samples
    value = float((share * rate).sum())
    known = rate * (1 - rate) / (total + SHRINK + 1)
    sampled = float((share * rate * (1 - rate)).sum()) * max(design_effect, 1.0) / samples
    wide = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    spread = wide * float(np.sqrt((share**2 * known).sum() + sampled))
    return Estimate(value, max(value - spread, 0.0), min(value + spread, 1.0), samples)


def _smooth(total: Reals, correct: Reals) -> Reals:
    bins = np.arange(total.shape[1])
    kernel = np.exp(-0.5 * ((bins[:, None] - bins) / WIDTH) ** 2)
    whole_total, whole_correct = total.sum(axis=0), correct.sum(axis=0)
    held = total @ kernel + 0.01 * (whole_total @ kernel) + 1e-6
    right = correct @ kernel + 0.01 * (whole_correct @ kernel) + 0.5e-6
    return np.asarray(right / held)
