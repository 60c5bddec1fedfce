"""Population stability index, made honest for small samples.

Guarantees: always finite (Jeffreys smoothing, no epsilon that one empty bin blows up), centred on
zero when nothing changed (the expectation under no change is taken off), and given with an
interval.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from fleet.telemetry.drift.histogram import Counts, pair

JEFFREYS = 0.5  # pseudo-count a bin


@dataclass(frozen=True)
class Psi:
    """`value` as usually published, `debiased` for decisions, and its confidence interval."""

    value: float
    debiased: float
    low: float
    high: float


def psi(reference: ArrayLike, current: ArrayLike, *, confidence: float = 0.95) -> Psi:
    """How far the current distribution is from the reference; 0.1 and 0.25 are the usual bands."""
    r, c = pair(reference, current)
    shares_r, shares_c = _smooth(r), _smooth(c)
    value = float(np.sum((shares_c - shares_r) * np.log(shares_c / shares_r)))
    noise = 1 / max(float(r.sum()), 1.0) + 1 / max(float(c.sum()), 1.0)
    debiased = value - (r.size - 1) * noise
    spread = float(ndtri(0.5 + confidence / 2)) * _standard_error(r, c, noise)
    return Psi(value, debiased, debiased - spread, debiased + spread)


def _smooth(counts: Counts) -> Counts:
    return np.asarray((counts + JEFFREYS) / (counts.sum() + JEFFREYS * counts.size))


def _standard_error(r: Counts, c: Counts, noise: float) -> float:
    """Delta method; near zero its gradient vanishes, so the variance under no change is added."""
    p, q = _smooth(r), _smooth(c)
    log = np.log(q / p)
    by_current = _variance(q, log + 1 - p / q) / max(c.sum(), 1.0)
    by_reference = _variance(p, -log + 1 - q / p) / max(r.sum(), 1.0)
    return float(np.sqrt(by_current + by_reference + 2 * (r.size - 1) * noise**2))


def _variance(shares: Counts, gradient: Counts) -> float:
    mean = float(np.sum(shares * gradient))
    return float(np.sum(shares * gradient**2) - mean**2)
