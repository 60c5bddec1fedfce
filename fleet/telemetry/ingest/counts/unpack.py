"""Stored blobs of reports as counts."""

import numpy as np

from device_agent.protocol.frame import unpack_counts
from fleet.telemetry.ingest.counts.layout import Whole, schema_of
from fleet.telemetry.models import TelemetrySchema


def unpacked(schema: TelemetrySchema, blob: bytes | memoryview) -> Whole:
    """Return the counts of one report."""
    length = schema_of(schema.document).layout.total
    return np.array(unpack_counts(bytes(blob), length), dtype=np.uint64)
