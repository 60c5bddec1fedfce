"""Merging of sparse bins, so that a chi-square approximation holds.

Guarantees: no count is lost, each group's expected count reaches the minimum on the smaller side
unless one group is all there is, and ordered bins merge only with their neighbours.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.telemetry.drift.histogram import Counts, pair

MIN_EXPECTED = 5.0  # counts; the usual rule for Pearson's chi-square


def merge_sparse(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    ordered: bool = True,
    min_expected: float = MIN_EXPECTED,
) -> tuple[Counts, Counts]:
    """Both rows with bins merged until every expected count is at least `min_expected`."""
    r, c = pair(reference, current)
    # Unordered bins (classes) have no neighbours: the rare ones come first, so they merge together.
    order = np.arange(r.size) if ordered else np.argsort(r + c, kind="stable")
    group = _groups((r + c)[order], _smaller_share(r, c), min_expected)
    groups = int(group[-1]) + 1
    return _summed(group, r[order], groups), _summed(group, c[order], groups)


def _summed(group: NDArray[np.int64], row: Counts, groups: int) -> Counts:
    return np.asarray(np.bincount(group, weights=row, minlength=groups), dtype=np.float64)


def _smaller_share(r: Counts, c: Counts) -> float:
    total = float(r.sum() + c.sum())
    return float(min(r.sum(), c.sum())) / total if total else 0.0


def _groups(pooled: Counts, share: float, min_expected: float) -> NDArray[np.int64]:
    group = np.zeros(pooled.size, dtype=np.int64)
    current, filled = 0, 0.0
    for index, amount in enumerate(pooled):
        if filled >= min_expected:
            current, filled = current + 1, 0.0
        group[index] = current
        filled += amount * share
    if filled < min_expected and current > 0:
        group[group == current] = current - 1  # the rest is too small to stand alone
    return group
