"""Bounded contribution: no single device can make, or hide, a drift of its group.

Guarantees: a device counts for at most `ratio` times the median device, whatever it claims to have
measured; shares within a device's counts stay as they are.
"""

from collections.abc import Mapping

import numpy as np

from fleet.telemetry.drift.histogram import Counts


def cap_contributions(
    counts: Mapping[str, Counts], samples: Mapping[str, float], *, ratio: float
) -> dict[str, Counts]:
    """The same devices with the loud ones scaled down to `ratio` medians of the samples seen."""
    if not counts:
        return {}
    limit = ratio * float(np.median([samples[device] for device in counts]))
    return {device: row * _scale(samples[device], limit) for device, row in counts.items()}


def _scale(samples: float, limit: float) -> float:
    return limit / samples if samples > limit > 0 else 1.0
