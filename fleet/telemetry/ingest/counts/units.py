"""From stored counts to the units that the statistics judge. Pure."""

from collections.abc import Mapping

import numpy as np

from device_agent.protocol.schema import TelemetrySchema
from fleet.telemetry.drift.histogram import Counts
from fleet.telemetry.drift.unit import Unit
from fleet.telemetry.ingest.counts.layout import LATENCY, Whole, parts


def unit(schema: TelemetrySchema, name: str, row: Whole | Counts, samples: float) -> Unit:
    """Return counts as a unit; latency has no reference and stays out."""
    rows = {key: part for key, part in parts(schema, row).items() if key != LATENCY}
    return Unit(name, samples, rows)


def bounded_units(
    schema: TelemetrySchema, devices: Mapping[str, tuple[Whole, int]], *, ratio: float
) -> dict[str, Unit]:
    """Return each device as a unit that counts for at most `ratio` median devices."""
    samples = {name: float(seen) for name, (_, seen) in devices.items()}
    rows = {name: row.astype(np.float64) for name, (row, _) in devices.items()}
    capped = cap_contributions(rows, samples, ratio=ratio)
    return {
        name: unit(schema, name, row, _seen(row, rows[name], samples[name]))
        for name, row in capped.items()
    }


def _seen(row: Counts, before: Counts, samples: float) -> float:
    total = float(before.sum())
    return samples * float(row.sum()) / total if total else samples


def cap_contributions(
    counts: Mapping[str, Counts], samples: Mapping[str, float], *, ratio: float
) -> dict[str, Counts]:
    """The same devices with the loud ones scaled down to `ratio` medians of the samples seen.

    No single device can make, or hide, a drift of its group: it counts for at most `ratio` times
    the median device, and shares within its counts stay as they are.
    """
    if not counts:
        return {}
    limit = ratio * float(np.median([samples[device] for device in counts]))
    return {device: row * _scale(samples[device], limit) for device, row in counts.items()}


def _scale(samples: float, limit: float) -> float:
    return limit / samples if samples > limit > 0 else 1.0
