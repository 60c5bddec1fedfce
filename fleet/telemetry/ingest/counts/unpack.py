"""Stored blobs of reports as counts, one or many at once.

What is stored was read by `unpack_counts` when it came in, and so is in its one canonical packing.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device_agent.protocol.frame import unpack_counts
from fleet.telemetry.ingest.counts.layout import Whole, schema_of
from fleet.telemetry.models import TelemetrySchema

MORE: Final = 0x80  # of a byte that is not the last one of its number
BITS: Final = 7  # of a number in each byte


def unpacked(schema: TelemetrySchema, blob: bytes | memoryview) -> Whole:
    """Return the counts of one report."""
    length = schema_of(schema.document).layout.total
    return np.array(unpack_counts(bytes(blob), length), dtype=np.uint64)


def unpacked_all(schema: TelemetrySchema, blobs: Sequence[bytes | memoryview]) -> Whole:
    """Return the counts of many reports, a row each."""
    length = schema_of(schema.document).layout.total
    if not blobs:
        return np.zeros((0, length), np.uint64)
    numbers, owner = _numbers([bytes(blob) for blob in blobs])
    zero = numbers == 0
    after_zero = np.zeros_like(zero)
    after_zero[1:] = zero[:-1] & (owner[1:] == owner[:-1])
    # A zero is followed by how many more there are, which may be a zero, too: no third one follows.
    extra = after_zero.copy()
    extra[1:] &= ~after_zero[:-1]
    steps = np.where(extra, numbers, 1).astype(np.int64)
    places = np.cumsum(steps) - steps
    if int(steps.sum()) != length * len(blobs):
        return np.stack([unpacked(schema, blob) for blob in blobs])
    found = np.zeros(length * len(blobs), np.uint64)
    found[places[~extra]] = numbers[~extra]
    return found.reshape(len(blobs), length)


def _numbers(blobs: Sequence[bytes]) -> tuple[Whole, NDArray[np.int64]]:
    """Return all numbers in the order of their bytes, and the blob of each."""
    raw = np.frombuffer(b"".join(blobs), np.uint8)
    last = (raw & MORE) == 0
    number = np.cumsum(last) - last  # of each byte
    starts = np.flatnonzero(np.r_[True, last[:-1]])
    place = np.arange(len(raw)) - starts[number]
    parts = (raw & (MORE - 1)).astype(np.uint64) << (place * BITS).astype(np.uint64)
    owner = np.repeat(np.arange(len(blobs)), [len(blob) for blob in blobs])
    return np.add.reduceat(parts, starts), owner[starts]
