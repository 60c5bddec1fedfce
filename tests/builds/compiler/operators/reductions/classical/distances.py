"""Small models of EDGEFLEET_DISTANCES: the least sum, and its root."""

from typing import Any

import numpy as np

from tests.builds.compiler.modelfile import ModelSpec, TensorSpec

Array = np.ndarray[Any, np.dtype[Any]]
ROOT, SUM = 1, 0


def distances(dtype: str, kind: int, *, seed: int = 0, finer: int = 0) -> bytes:
    """Make a model of some centres."""
    dice, spec = np.random.default_rng(seed), ModelSpec()
    low, high = np.iinfo(dtype).min << finer, np.iinfo(dtype).max << finer
    x = spec.tensor(TensorSpec((1, 5), dtype, (0.1,), (0,)))
    offsets = dice.integers(0 if kind == ROOT else -(1 << 40), 1 << 40, 4)
    constants: tuple[Array, ...] = (
        dice.integers(low, high + 1, (4, 5)).astype(np.int32),
        dice.integers(0, 32768, (4, 5)).astype(np.int32),
        offsets.astype(np.int64),
        np.asarray([kind, 1 << 30, -12, 0 if kind == ROOT else 18, finer], np.int32),
    )
    made = spec.tensor(TensorSpec((1, 1), "int16", (0.01,), (0,)))
    spec.inputs.append(x)
    spec.outputs.append(made)
    spec.op("EDGEFLEET_DISTANCES", (x, *(spec.constant(c) for c in constants)), (made,))
    return spec.build()


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return {
        "root of int8": distances("int8", ROOT, finer=8),
        "sum of int16": distances("int16", SUM, seed=1),
    }
