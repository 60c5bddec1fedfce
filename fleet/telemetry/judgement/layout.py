"""Where each distribution lies in a row of counts, as the judgement reads it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Slices of one row; classes have `confidence_bins` each, one after the other."""

    features: tuple[tuple[str, slice], ...]
    classes: tuple[str, ...]
    confidences: slice
    confidence_bins: int
    latency: slice
    errors: int
    invalid: int
    total: int
    memory: int | None = None  # KiB after all counts, zero where nobody told it

    def with_memory(self) -> "Columns":
        """Return the same with one column more."""
        return replace(self, memory=self.total, total=self.total + 1)

    def samples(self, rows: Reals) -> Reals:
        """Inferences of each row: what its fullest distribution holds."""
        found = [rows[..., where].sum(axis=-1) for _, where in self.features]
        found += [rows[..., self.latency].sum(axis=-1), rows[..., self.confidences].sum(axis=-1)]
        return np.asarray(np.max(found, axis=0))

    def table(self, rows: Reals) -> Reals:
        """Confidence by predicted class: (..., classes, bins)."""
        part = rows[..., self.confidences]
        return part.reshape(*part.shape[:-1], len(self.classes), self.confidence_bins)


def columns_of(
    names: Sequence[str],
    bins: Sequence[int],
    classes: Sequence[str],
    *,
    confidence_bins: int,
    latency_buckets: int,
    counters: Sequence[str],
) -> Columns:
    """Return the columns of a schema: features, confidences by class, latency, counters."""
    ends = np.cumsum([0, *bins]).tolist()
    features = tuple((n, slice(ends[i], ends[i + 1])) for i, n in enumerate(names))
    latency = ends[-1] + len(classes) * confidence_bins
    after = latency + latency_buckets
    return Columns(
        features=features,
        classes=tuple(classes),
        confidences=slice(ends[-1], latency),
        confidence_bins=confidence_bins,
        latency=slice(latency, after),
        errors=after + list(counters).index("errors"),
        invalid=after + list(counters).index("invalid"),
        total=after + len(counters),
    )
