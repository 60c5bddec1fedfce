"""Quantiles of latency from log2 buckets. Pure; a quantile is its bucket's upper end, at most 42
% too long.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from device_agent.protocol.schema import LATENCY_UPPER_US

QUANTILES = (0.5, 0.95, 0.99)


def quantile_us(counts: ArrayLike, share: float) -> int | None:
    """Return the latency that `share` of the inferences stay within, or None without any.

    What is above the last bound is told as the last bound.
    """
    row = np.asarray(counts, dtype=np.float64)
    total = float(row.sum())
    if total <= 0:
        return None
    index = int(np.searchsorted(np.cumsum(row), share * total, side="left"))
    return int(LATENCY_UPPER_US[min(index, len(LATENCY_UPPER_US) - 1)])


def quantiles(counts: ArrayLike, shares: Sequence[float] = QUANTILES) -> dict[str, int | None]:
    """Return p50, p95 and p99 in microseconds."""
    return {f"p{round(share * 100)}": quantile_us(counts, share) for share in shares}
