"""The telemetry schema of a version and its reference profile, made from the reference dataset.

Guarantees:
* descriptors equal `device_agent.protocol.descriptors` to the digit: the device bins what was
  binned here;
* edges ascend strictly, at most 15: fourteen bins of equal mass between two tails of 0.1 % each;
* the same dataset and model give the same document, for every target.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.recipes.quantize import rounding as quantize_rounding
from device_agent.protocol.descriptors import (
    DESCRIPTORS,
    EDGE_SCALE,
    PER_MILLE,
    neighbour_stride,
)
from device_agent.protocol.schema import (
    CONFIDENCE_BINS,
    EDGES_LIMIT,
    Feature,
    TelemetrySchema,
    dump_schema,
    parse_schema,
)

TAIL: Final = 0.001  # mass below the first and above the last edge
INNER_BINS: Final = EDGES_LIMIT - 1
CHUNK_SAMPLES: Final = 512  # bounds the memory of the 64-bit copies
CLASSES_MAX: Final = 128  # 16 counts each travel in every report
SOFTMAX_SCALE: Final = 1 / 256
SOFTMAX_ZERO_POINT: Final = -128

Int8 = NDArray[np.int8]
Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class TensorSpec:
    """The part of a tensor's description that quantising needs; `shape` has the batch in front."""

    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int

    @property
    def elements(self) -> int:
        """Elements of one sample."""
        return int(np.prod(self.shape))


def quantised_samples(samples: NDArray[np.float32], spec: TensorSpec) -> Int8:
    """Each sample as the flat int8 tensor that the device's model would see."""
    flat = samples.reshape(len(samples), -1)
    return np.asarray(quantize_rounding.quantise(flat, spec.scale, spec.zero_point), np.int8)


def descriptors(tensors: Int8, shape: Sequence[int]) -> dict[str, Int64]:
    """Every descriptor of every sample, in the order of the protocol's table."""
    parts = [_describe(chunk, neighbour_stride(shape)) for chunk in _chunks(tensors)]
    return {name: np.concatenate([part[name] for part in parts]) for name in DESCRIPTORS}


def _chunks(tensors: Int8) -> Iterator[Int64]:
    for start in range(0, len(tensors), CHUNK_SAMPLES):
        yield tensors[start : start + CHUNK_SAMPLES].astype(np.int64)


def _describe(values: Int64, stride: int) -> dict[str, Int64]:
    count = values.shape[1]
    total, squares = values.sum(axis=1), (values * values).sum(axis=1)
    variance = (count * squares - total * total) // (count * count)
    return {
        "mean": total // count,
        # Exact: a variance of int8 values is below 2^15, far from where a float's root rounds up.
        "spread": np.sqrt(variance).astype(np.int64),
        "low_share": PER_MILLE * (values == -128).sum(axis=1) // count,
        "high_share": PER_MILLE * (values == 127).sum(axis=1) // count,
        "edge": _edge(values, stride),
    }


def _edge(values: Int64, stride: int) -> Int64:
    pairs = values.shape[1] - stride
    if pairs < 1:
        return np.zeros(len(values), np.int64)
    steps = np.abs(values[:, stride:] - values[:, :pairs]).sum(axis=1)
    return np.asarray(EDGE_SCALE * steps // pairs, np.int64)


def bin_edges(values: Int64) -> tuple[int, ...]:
    """Edges of two tails and fourteen bins of equal mass; equal edges merge into one."""
    low, high = np.quantile(values, [TAIL, 1 - TAIL], method="lower")
    inner = np.quantile(values, np.linspace(TAIL, 1 - TAIL, INNER_BINS + 1)[1:-1], method="lower")
    # An edge is the first value of its bin: the upper tail starts just above the 99.9 % quantile.
    found = {int(low), *(int(edge) for edge in inner), int(high) + 1}
    return tuple(sorted(found))


def class_names(names: Sequence[str], output: TensorSpec) -> tuple[str, ...]:
    """The classes that predictions are counted by; none where the output is not an int8 softmax."""
    count = output.elements
    softmax = (
        output.dtype == "int8"
        and output.zero_point == SOFTMAX_ZERO_POINT
        and abs(output.scale - SOFTMAX_SCALE) < SOFTMAX_SCALE / 100
    )
    if not softmax or not 2 <= count <= CLASSES_MAX:
        return ()
    return tuple(names) if len(names) == count else tuple(f"class_{i}" for i in range(count))


def schema_document(
    *, model: str, version: str, classes: Sequence[str], described: Mapping[str, Int64]
) -> dict[str, Any]:
    """The document that a device is given; features only where there was reference data."""
    features = tuple(Feature(name, name, bin_edges(values)) for name, values in described.items())
    return dump_schema(TelemetrySchema(model, version, features, tuple(classes)))


def reference_counts(
    document: Mapping[str, Any], described: Mapping[str, Int64], outputs: Int8 | None
) -> list[int]:
    """The samples counted as a device would count them; latency and counters stay zero."""
    schema = parse_schema(document)
    counts = np.zeros(schema.layout.total, np.int64)
    for index, feature in enumerate(schema.features):
        bins = np.searchsorted(feature.edges, described[feature.descriptor], side="right")
        counts[schema.layout.feature(index)] = np.bincount(bins, minlength=len(feature.edges) + 1)
    if outputs is not None and schema.classes:
        counts[schema.layout.confidences] = _confidences(outputs, len(schema.classes))
    return [int(count) for count in counts]


def _confidences(outputs: Int8, classes: int) -> Int64:
    slots = outputs.argmax(axis=1) * CONFIDENCE_BINS + _confidence_bins(outputs)
    return np.bincount(slots, minlength=classes * CONFIDENCE_BINS)


def _confidence_bins(outputs: Int8) -> Int64:
    return np.asarray((outputs.max(axis=1).astype(np.int64) + 128) >> 4, np.int64)


def calibration(outputs: Int8, labels: Int64) -> dict[str, list[int]]:
    """Per confidence bin, how many predictions there were and how many were right; and how often
    each class was predicted (rows) for each true one (columns), row after row.
    """
    bins, predicted = _confidence_bins(outputs), outputs.argmax(axis=1)
    right, classes = predicted == labels, outputs.shape[1]
    total = np.bincount(bins, minlength=CONFIDENCE_BINS)
    correct = np.bincount(bins[right], minlength=CONFIDENCE_BINS)
    known = (labels >= 0) & (labels < classes)
    slots = predicted[known] * classes + labels[known].astype(np.int64)
    confusion = np.bincount(slots, minlength=classes * classes)
    return {
        "total": total.tolist(),
        "correct": correct.tolist(),
        "confusion": confusion.tolist(),
    }
