"""A classical model in integers, asked as a device is: by the reference of its proof."""

import json
from typing import Any

import numpy as np

from builds.compiler import read_graph
from builds.recipes.quantize.rounding import quantise
from builds.sources.classical.integers.stepped import InSteps
from builds.verify.children.classical import answered
from builds.verify.classical.engine import network_of

Array = np.ndarray[Any, np.dtype[Any]]


def asked(made: InSteps, x: Array) -> Array:
    """What the model in integers says, in real numbers."""
    graph = read_graph(made.tflite)
    network, (output,) = json.loads(json.dumps(network_of(graph))), graph.outputs
    given = made.given
    steps = quantise(x.astype(np.float32), given.scale, given.zero_point, given.dtype)
    rows = [
        np.frombuffer(
            answered(network, row.astype(row.dtype.newbyteorder("<")).tobytes()), output.dtype
        )
        for row in steps
    ]
    return (np.stack(rows).astype(np.float64) - output.zero_point) * output.scale
