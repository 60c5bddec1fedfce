"""Small models of EDGEFLEET_TREES: every type of features, both ends, tables and branches."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.builds.compiler.modelfile import ModelSpec, TensorSpec

Array = np.ndarray[Any, np.dtype[Any]]
SCALED, SOFTMAX = (0, 1 << 30, -4), (1, 7, 0)


@dataclass(frozen=True)
class Drawn:
    """What a random ensemble is drawn by."""

    seed: int = 0
    dtype: str = "int8"
    link: tuple[int, int, int] = SCALED
    nodes: int = 40
    trees: int = 3
    features: int = 6
    outputs: int = 3
    whole: bool = True  # each leaf has a number for each output


def add_trees(spec: ModelSpec, d: Drawn) -> None:
    """Add a random ensemble with an input and an output of its own."""
    dice = np.random.default_rng(d.seed)
    rows, width = int(dice.integers(1, 12)), d.outputs if d.whole else 1
    pairs = [[int(dice.integers(-rows, max(at, 1))) for _ in "lr"] for at in range(d.nodes)]
    children = np.minimum(pairs, np.arange(d.nodes)[:, None] - 1).astype(np.int32)
    children = np.maximum(children, -rows).astype(np.int32)
    thresholds = {
        "int8": dice.integers(-128, 128, d.nodes),
        "int16": dice.integers(-32768, 32768, d.nodes),
        "float32": dice.normal(size=d.nodes),
    }[d.dtype].astype(d.dtype)
    scales = () if d.dtype == "float32" else (0.1,)
    x = spec.tensor(TensorSpec((1, d.features), d.dtype, scales, (0,) * len(scales)))
    targets = np.zeros(d.trees) if d.whole else dice.integers(0, d.outputs, d.trees)
    constants: tuple[Array, ...] = (
        dice.integers(0, d.features, d.nodes).astype(np.int32),
        thresholds,
        children,
        dice.integers(-1, d.nodes, d.trees).astype(np.int32),
        targets.astype(np.int32),
        dice.integers(-50, 200, (rows, width)).astype(np.int32),
        dice.integers(-300, 300, d.outputs).astype(np.int32),
        np.asarray(d.link, np.int32),
    )
    made = spec.tensor(TensorSpec((1, d.outputs), "int8", (1 / 256,), (-128,)))
    spec.inputs.append(x)
    spec.outputs.append(made)
    spec.op("EDGEFLEET_TREES", (x, *(spec.constant(c) for c in constants)), (made,))


def model(*drawn: Drawn) -> bytes:
    """A file of many ensembles side by side: one build and one proof for all."""
    spec = ModelSpec()
    for one in drawn:
        add_trees(spec, one)
    return spec.build()


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return {
        "tables": model(
            Drawn(1), Drawn(2, "int16", whole=False), Drawn(3, "float32", SOFTMAX, nodes=300)
        ),
        "branches": model(Drawn(4, nodes=3, trees=2), Drawn(6, "float32", nodes=3, trees=2)),
    }
