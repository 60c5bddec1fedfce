"""Jensen-Shannon distance with natural logarithms: 0 for the same distribution, at most sqrt(ln
2).
"""

import numpy as np
from numpy.typing import ArrayLike

from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.histogram import Counts, pair


def jensen_shannon(reference: ArrayLike, current: ArrayLike) -> float:
    """The distance, not the divergence: the square root, which is a metric."""
    r, c = pair(reference, current)
    if r.sum() == 0 or c.sum() == 0:
        raise NotEnoughData(float(min(r.sum(), c.sum())), 1)
    p, q = r / r.sum(), c / c.sum()
    middle = (p + q) / 2
    divergence = (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2
    return float(np.sqrt(max(divergence, 0.0)))


def _kullback_leibler(p: Counts, q: Counts) -> float:
    some = p > 0
    return float(np.sum(p[some] * np.log(p[some] / q[some])))
