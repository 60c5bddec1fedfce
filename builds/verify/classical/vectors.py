"""Golden inputs of trees: each feature on one of the two sides of one of its thresholds.

Guarantees: the same bytes for the same model and seed on every machine; the standard vectors come
first, so that ends of ranges and zeros are there too.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.compiler import Graph, Op
from builds.compiler.operators.reductions.classical import trees
from builds.compiler.operators.reductions.classical.tables import named

STANDARD: Final = 2  # of the standard vectors that stay, where there is room
LABEL: Final = "edgefleet-thresholds-v1"
Values = NDArray[Any]


def on_thresholds(graph: Graph, standard: Sequence[bytes], seed: int) -> tuple[bytes, ...]:
    """As many vectors as there are standard ones; those themselves for other models."""
    readers = {op.inputs[0]: op for op in graph.ops if op.kind == "EDGEFLEET_TREES"}
    if not all(tensor.index in readers for tensor in graph.inputs):
        return tuple(standard)
    rows = [_sides_of(readers[tensor.index], graph) for tensor in graph.inputs]
    kept = min(STANDARD, len(standard) - 1)
    labels = [f"{seed}/{vector}" for vector in range(len(standard) - kept)]
    made = (
        b"".join(_drawn(row, f"{label}/{at}") for at, row in enumerate(rows)) for label in labels
    )
    return (*standard[:kept], *made)


def _sides_of(op: Op, graph: Graph) -> list[Values]:
    """The values that each feature of an operator's row may take."""
    found = named(op, graph, trees.NAMES)
    asked = found["features"].array().reshape(-1)
    thresholds, x = found["thresholds"].array().reshape(-1), found["x"]
    return [_sides(thresholds[asked == n], x.dtype) for n in range(x.elements)]


def _sides(thresholds: Values, dtype: str) -> Values:
    """Each threshold and the next number above it; zero where a feature is never asked."""
    once = np.unique(thresholds).astype(dtype)
    if dtype == "float32":
        above = np.nextafter(once, np.float32(np.inf), dtype=np.float32)
    else:
        above = np.minimum(once.astype(np.int64) + 1, np.iinfo(dtype).max).astype(dtype)
    return np.concatenate([once, above, np.zeros(0 if len(once) else 1, dtype)])


def _drawn(sides: Sequence[Values], label: str) -> bytes:
    """Choose one value a feature by a hash."""
    text = hashlib.shake_256(f"{LABEL}/{label}".encode()).digest(4 * len(sides))
    chosen = np.frombuffer(text, "<u4").astype(np.int64)
    row = [values[at % len(values)] for values, at in zip(sides, chosen.tolist(), strict=True)]
    kind = sides[0].dtype
    return np.asarray(row, kind).astype(kind.newbyteorder("<")).tobytes()
