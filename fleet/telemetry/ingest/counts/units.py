"""From stored counts to the units that the statistics judge. Pure."""

from collections.abc import Mapping

import numpy as np

from device_agent.protocol.schema import TelemetrySchema
from fleet.telemetry.drift.histogram import Counts
from fleet.telemetry.drift.unit import Unit
from fleet.telemetry.ingest.counts.bounded import cap_contributions
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
