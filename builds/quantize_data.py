"""Datasets inside the jailed child: `x` as float32, `y` as integers or None.

The registry has checked the file; the child checks again what it relies on, since it trusts
nobody's folder.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builds.quantize_protocol import Unfit

Floats = NDArray[np.float32]
Labels = NDArray[Any]


@dataclass(frozen=True)
class Samples:
    """Inputs, and labels where known."""

    x: Floats
    y: Labels | None


def samples(path: str) -> Samples:
    """Read one `.npz`; no pickled object is ever loaded."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            y = archive["y"] if "y" in archive.files else None
            return Samples(np.asarray(archive["x"], dtype=np.float32), y)
    except (OSError, ValueError, KeyError) as error:
        raise Unfit(f"The dataset {path} cannot be read: {error}") from error


def evenly(dataset: Samples, most: int) -> Samples:
    """At most `most` samples, spread over the whole dataset: files are often sorted by class."""
    count = len(dataset.x)
    if count <= most:
        return dataset
    chosen = np.linspace(0, count - 1, most).astype(np.int64)
    return Samples(dataset.x[chosen], None if dataset.y is None else dataset.y[chosen])
