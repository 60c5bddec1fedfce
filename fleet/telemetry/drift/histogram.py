"""Counts in fixed bins.

Guarantees: bins belong to the model version and never follow the data, so counts of two windows
merge by adding, and one absurd value moves one count to an outer bin and nothing else.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.telemetry.drift.errors import BadCounts

Counts = NDArray[np.float64]  # floats: a bounded device contributes fractions


def as_counts(values: ArrayLike) -> Counts:
    """Counts as a checked vector of floats."""
    counts = np.asarray(values, dtype=np.float64)
    if counts.ndim != 1 or counts.size == 0:
        raise BadCounts("counts must be one non-empty row of numbers")
    if not np.all(np.isfinite(counts)) or np.any(counts < 0):
        raise BadCounts("counts must be finite and not negative")
    return counts


def count(values: ArrayLike, edges: Sequence[float]) -> Counts:
    """How many values fall in each of the len(edges)+1 bins; an edge belongs to the bin above
    it.
    """
    where = np.searchsorted(np.asarray(edges), np.asarray(values), side="right")
    return np.bincount(where, minlength=len(edges) + 1).astype(np.float64)


def merge(parts: Iterable[ArrayLike]) -> Counts:
    """The counts of all parts together, as if they had been counted in one pass."""
    rows = [as_counts(part) for part in parts]
    if not rows:
        raise BadCounts("nothing to merge")
    if len({row.size for row in rows}) != 1:
        raise BadCounts("counts of different bins cannot be merged")
    return np.asarray(np.sum(rows, axis=0), dtype=np.float64)


def pair(reference: ArrayLike, current: ArrayLike) -> tuple[Counts, Counts]:
    """Both sides of a comparison, checked to share their bins."""
    left, right = as_counts(reference), as_counts(current)
    if left.size != right.size:
        raise BadCounts(f"the reference has {left.size} bins and the current counts {right.size}")
    return left, right
