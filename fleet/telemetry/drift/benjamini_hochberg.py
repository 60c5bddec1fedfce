"""Benjamini-Hochberg: p-values adjusted so that a cut at q keeps the expected share of false
alarms below q.
"""

from collections.abc import Sequence

import numpy as np


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Each p-value's adjusted value, in the order given; calling those <= q drifted holds the
    rate q.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.size == 0:
        return []
    order = np.argsort(p, kind="stable")
    scaled = p[order] * p.size / np.arange(1, p.size + 1)
    # A later, smaller value also bounds the earlier ones: the minimum runs from the largest down.
    monotone = np.minimum.accumulate(scaled[::-1])[::-1]
    result = np.empty_like(p)
    # Rounding must not push an adjusted value below its own p-value.
    result[order] = np.minimum(np.maximum(monotone, p[order]), 1.0)
    return [float(value) for value in result]
