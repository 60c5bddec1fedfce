"""Datasets inside the jailed child: `x` as float32, `y` as integers or None.

The registry has checked the file; the child checks again what it relies on, since it trusts
nobody's folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builds.recipes.quantize.protocol import QUESTIONS_BYTES, Unfit
from builds.recipes.quantize.rounding import LIMITS, quantise

Floats = NDArray[np.float32]
Labels = NDArray[Any]


@dataclass(frozen=True)
class DatasetSamples:
    """Inputs, and labels where known."""

    x: Floats
    y: Labels | None


def samples(path: str) -> DatasetSamples:
    """Read one `.npz`; no pickled object is ever loaded."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            y = archive["y"] if "y" in archive.files else None
            return DatasetSamples(np.asarray(archive["x"], dtype=np.float32), y)
    except (OSError, ValueError, KeyError) as error:
        raise Unfit(f"The dataset {path} cannot be read: {error}") from error


def evenly(dataset: DatasetSamples, most: int) -> DatasetSamples:
    """At most `most` samples, spread over the whole dataset: files are often sorted by class."""
    count = len(dataset.x)
    if count <= most:
        return dataset
    chosen = np.linspace(0, count - 1, most).astype(np.int64)
    return DatasetSamples(dataset.x[chosen], None if dataset.y is None else dataset.y[chosen])


@dataclass(frozen=True)
class Questions:
    """Samples, and the same as the bytes of a model's input, one after the other."""

    samples: DatasetSamples
    inputs: bytes


def questions(chosen: DatasetSamples, spec: Mapping[str, Any]) -> Questions:
    """Quantise the samples for a model's only input; fewer of them where they are large."""
    dtype, shape = spec["dtype"], tuple(spec["shape"])
    if dtype not in LIMITS and dtype != "float32":
        raise Unfit(f"Samples cannot be turned into {dtype}, which the model takes.")
    if chosen.x.shape[1:] != shape[1:]:
        held = chosen.x.shape[1:]
        raise Unfit(f"The dataset holds samples of {held}; the model takes {shape[1:]}.")
    each = int(np.prod(shape)) * np.dtype(dtype).itemsize
    fewer = evenly(chosen, max(1, QUESTIONS_BYTES // each))
    inputs = quantise(fewer.x, spec["scale"], spec["zero_point"], dtype)
    return Questions(DatasetSamples(fewer.x, _first_labels(fewer)), inputs.tobytes())


def _first_labels(dataset: DatasetSamples) -> Labels | None:
    if dataset.y is None:
        return None
    return np.asarray(dataset.y).reshape(len(dataset.x), -1)[:, 0].astype(np.int64)
