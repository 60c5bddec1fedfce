"""A graph of one classical operator, made operand by operand."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builds.compiler import Graph, Op, Quantization, Tensor
from builds.sources.classical.ensemble import FeatureType

Values = NDArray[Any]


def network(
    kind: str, given: FeatureType, width: int, constants: Mapping[str, Values], output: Tensor
) -> Graph:
    """The graph: a row of features goes in, a row of results comes out."""
    steps = None if given.dtype == "float32" else _steps(given)
    tensors = [Tensor(0, "features", given.dtype, (1, width), steps)]
    tensors += [_constant(at + 1, *item) for at, item in enumerate(constants.items())]
    tensors.append(output)
    op = Op(0, kind, 1, tuple(range(len(constants) + 1)), (output.index,), {})
    return Graph(tuple(tensors), (op,), (tensors[0],), (output,))


def result(index: int, width: int, feature: FeatureType, name: str) -> Tensor:
    """The tensor of the results."""
    return Tensor(index, name, feature.dtype, (1, width), _steps(feature))


def _steps(feature: FeatureType) -> Quantization:
    return Quantization((feature.scale,), (feature.zero_point,), 0)


def _constant(index: int, name: str, values: Values) -> Tensor:
    data = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
    return Tensor(index, name, values.dtype.name, values.shape, None, data)
