"""The telemetry schema a model version owns, and the layout of the counts a device sends.

* ``schema_id`` is taken from the canonical document: counts of different bins can never be added.
* Counts = per feature ``len(edges) + 1`` bins, per class 16 confidence bins, 37 latency buckets,
  5 counters; one flat vector of non-negative integers. Merging is adding.
* All edges are integers and all binning is exact, so device and service never differ.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import isqrt

from device_agent.protocol import fields
from device_agent.protocol.canonical import canonical_json
from device_agent.protocol.descriptors import DESCRIPTORS
from device_agent.protocol.errors import ProtocolError

FORMAT = 1
SCHEMA_ID_BYTES = 4
DOCUMENT_LIMIT = 256 * 1024  # bytes of a schema document
FEATURES_LIMIT = 32
EDGES_LIMIT = 15
CLASSES_LIMIT = 1024
CONFIDENCE_BINS = 16
LATENCY_SCALE = 1  # two buckets an octave
LATENCY_BUCKETS = 37  # 64 µs … 16.8 s
COUNTERS = ("invalid", "below_min", "above_max", "errors", "dropped_windows")
EDGE_MAX = 2**31 - 1

# The upper ends of the buckets in µs, 2^(6 + k/2), rounded down: for an integer the same bound.
LATENCY_UPPER_US = tuple(isqrt(1 << (12 + k)) for k in range(LATENCY_BUCKETS - 1))


@dataclass(frozen=True, slots=True)
class Feature:
    """A descriptor of the input and the edges of its bins."""

    name: str
    descriptor: str
    edges: tuple[int, ...]

    def bin_of(self, value: int) -> int:
        """Return the bin of a value: how many edges are not above it."""
        return bisect_right(self.edges, value)


@dataclass(frozen=True)
class TelemetrySchema:
    """What is counted for one model version."""

    model: str
    version: str
    features: tuple[Feature, ...]
    classes: tuple[str, ...]
    window_seconds: int = 3600

    @cached_property
    def layout(self) -> "Layout":
        """Where each count lies in the vector."""
        return Layout(tuple(len(f.edges) + 1 for f in self.features), len(self.classes))

    @cached_property
    def schema_id(self) -> bytes:
        """The first bytes of the digest of the document."""
        return hashlib.sha256(canonical_json(dump_schema(self))).digest()[:SCHEMA_ID_BYTES]


@dataclass(frozen=True)
class Layout:
    """Offsets of every block of the counts vector."""

    feature_bins: tuple[int, ...]
    classes: int

    def feature(self, index: int) -> slice:
        """Return the bins of a feature."""
        start = sum(self.feature_bins[:index])
        return slice(start, start + self.feature_bins[index])

    def confidence(self, predicted: int) -> slice:
        """Return the confidence bins of a predicted class."""
        start = self._features_end + predicted * CONFIDENCE_BINS
        return slice(start, start + CONFIDENCE_BINS)

    @property
    def confidences(self) -> slice:
        """All confidence bins, class by class."""
        return slice(self._features_end, self._latency_start)

    @property
    def latency(self) -> slice:
        """The latency buckets."""
        return slice(self._latency_start, self._latency_start + LATENCY_BUCKETS)

    def counter(self, name: str) -> int:
        """Return the position of a named counter."""
        return self._latency_start + LATENCY_BUCKETS + COUNTERS.index(name)

    @property
    def total(self) -> int:
        """How many counts there are."""
        return self._latency_start + LATENCY_BUCKETS + len(COUNTERS)

    @cached_property
    def _features_end(self) -> int:
        return sum(self.feature_bins)

    @cached_property
    def _latency_start(self) -> int:
        return self._features_end + self.classes * CONFIDENCE_BINS


def confidence_bin(quantised: int) -> int:
    """Return the bin of an int8 softmax output."""
    return (quantised + 128) >> 4


def predicted_class(output: Sequence[int]) -> int:
    """Return the class with the largest output; of equals, the first."""
    return max(range(len(output)), key=output.__getitem__)


def latency_bucket(microseconds: int) -> int:
    """Return the bucket of a latency; upper ends belong to their bucket, as in OpenTelemetry."""
    return bisect_left(LATENCY_UPPER_US, microseconds)


def dump_schema(schema: TelemetrySchema) -> dict[str, object]:
    """Return the schema as a JSON value."""
    features = [
        {"name": f.name, "descriptor": f.descriptor, "edges": list(f.edges)}
        for f in schema.features
    ]
    return {
        "format": FORMAT,
        "model": schema.model,
        "version": schema.version,
        "features": features,
        "classes": list(schema.classes),
        "confidence_bins": CONFIDENCE_BINS,
        "latency_scale": LATENCY_SCALE,
        "window_seconds": schema.window_seconds,
    }


def parse_schema(value: object) -> TelemetrySchema:
    """Return a schema, or a sentence that says what is wrong with it."""
    data = fields.members(value, "The telemetry schema")
    fields.integer(data, "format", low=FORMAT, high=FORMAT)
    fields.integer(data, "confidence_bins", low=CONFIDENCE_BINS, high=CONFIDENCE_BINS)
    fields.integer(data, "latency_scale", low=LATENCY_SCALE, high=LATENCY_SCALE)
    features = [
        _parse_feature(fields.members(item, "A feature"))
        for item in fields.items(data, "features", limit=FEATURES_LIMIT)
    ]
    return TelemetrySchema(
        model=fields.text(data, "model"),
        version=fields.text(data, "version"),
        features=tuple(features),
        classes=_parse_classes(data),
        window_seconds=fields.integer(data, "window_seconds", low=1, high=86_400),
    )


def _parse_feature(data: Mapping[str, object]) -> Feature:
    descriptor = fields.text(data, "descriptor")
    if descriptor not in DESCRIPTORS:
        known = ", ".join(DESCRIPTORS)
        raise ProtocolError(f"Unknown descriptor '{descriptor}'; known are {known}.")
    edges = fields.items(data, "edges", limit=EDGES_LIMIT)
    numbers = {str(i): edge for i, edge in enumerate(edges)}
    parsed = tuple(fields.integer(numbers, i, low=-EDGE_MAX, high=EDGE_MAX) for i in numbers)
    if any(left >= right for left, right in pairwise(parsed)):
        raise ProtocolError("'edges' must ascend.")
    return Feature(fields.text(data, "name"), descriptor, parsed)


def _parse_classes(data: Mapping[str, object]) -> tuple[str, ...]:
    classes = fields.items(data, "classes", limit=CLASSES_LIMIT)
    named = {str(i): name for i, name in enumerate(classes)}
    return tuple(fields.text(named, i) for i in named)
