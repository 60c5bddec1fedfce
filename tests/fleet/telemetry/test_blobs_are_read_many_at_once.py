"""Many stored blobs read at once are what each of them holds by itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.frame import pack_counts
from device_agent.protocol.schema import dump_schema
from fleet.telemetry.ingest.counts.unpack import unpacked, unpacked_all
from fleet.telemetry.models import TelemetrySchema
from tests.fleet.telemetry.world import schema

SCHEMA = TelemetrySchema(document=dump_schema(schema()))
LENGTH = schema().layout.total
# Runs of zeros of every length, also single ones, between small and large numbers.
NUMBERS = st.sampled_from([0, 0, 0, 0, 1, 127, 128, 300, 2**31, 2**32 - 1])
ROWS = st.lists(st.lists(NUMBERS, min_size=LENGTH, max_size=LENGTH), max_size=5)


@given(ROWS)
def test_for_any_counts(rows: list[list[int]]) -> None:
    blobs = [pack_counts(row) for row in rows]
    found = unpacked_all(SCHEMA, blobs)
    assert found.tolist() == rows
    assert [unpacked(SCHEMA, blob).tolist() for blob in blobs] == rows


def test_blobs_of_nothing_but_zeros_follow_one_another() -> None:
    blobs = [pack_counts([0] * LENGTH)] * 3
    assert unpacked_all(SCHEMA, blobs).shape == (3, LENGTH)
    assert not np.any(unpacked_all(SCHEMA, blobs))
