"""Simes' combination: one p-value for "none of these features changed", valid for the usual
dependent features.
"""

from collections.abc import Sequence

from fleet.telemetry.drift.benjamini_hochberg import adjusted


def simes(p_values: Sequence[float]) -> float:
    """The smallest Benjamini-Hochberg adjusted value is Simes' p; 1.0 of nothing."""
    return min(adjusted(p_values), default=1.0)
