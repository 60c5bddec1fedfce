"""Counts of a schema: their parts by name and their byte form. Pure."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from device_agent.protocol.canonical import canonical_json, parse_json
from device_agent.protocol.schema import (
    CONFIDENCE_BINS,
    DOCUMENT_LIMIT,
    TelemetrySchema,
    parse_schema,
)
from fleet.telemetry.drift.compare import Distribution
from fleet.telemetry.drift.histogram import Counts

PREDICTION: Final = "prediction"
CONFIDENCE: Final = "confidence"
LATENCY: Final = "latency"
_STORED: Final = np.dtype("<u8")
Whole = NDArray[np.uint64]


def schema_of(document: Mapping[str, Any]) -> TelemetrySchema:
    """Return the parsed schema; parsed once a process."""
    return _parsed(canonical_json(document))


@lru_cache(maxsize=256)
def _parsed(raw: bytes) -> TelemetrySchema:
    return parse_schema(parse_json(raw, limit_bytes=DOCUMENT_LIMIT, what="The telemetry schema"))


def parts(schema: TelemetrySchema, counts: ArrayLike) -> dict[str, Counts]:
    """Return every distribution by name: features, predictions, confidence, latency."""
    row = np.asarray(counts, dtype=np.float64)
    layout = schema.layout
    found = {each.name: row[layout.feature(i)] for i, each in enumerate(schema.features)}
    if schema.classes:
        table = row[layout.confidences].reshape(len(schema.classes), CONFIDENCE_BINS)
        found |= {PREDICTION: table.sum(axis=1), CONFIDENCE: table.sum(axis=0)}
    return found | {LATENCY: row[layout.latency]}


def reference(schema: TelemetrySchema, counts: ArrayLike) -> list[Distribution]:
    """Return what live counts are compared with; latency has no reference, it is the device's
    own.
    """
    found = parts(schema, counts)
    return [
        Distribution(name, row, ordered=name != PREDICTION)
        for name, row in found.items()
        if name != LATENCY and row.sum() > 0
    ]


def counter(schema: TelemetrySchema, counts: ArrayLike, name: str) -> int:
    """Return one named counter."""
    return int(np.asarray(counts)[schema.layout.counter(name)])


def total(rows: Iterable[ArrayLike], length: int) -> Whole:
    """Return the sum of whole counts."""
    result = np.zeros(length, np.uint64)
    for row in rows:
        result += np.asarray(row, dtype=np.uint64)
    return result


def dump(counts: ArrayLike) -> bytes:
    """Return the byte form in which rollups are stored."""
    return np.asarray(counts, dtype=_STORED).tobytes()


def load(raw: bytes | memoryview) -> Whole:
    """Return counts from their byte form."""
    return np.frombuffer(bytes(raw), dtype=_STORED).astype(np.uint64)
