"""Random operators that move elements: each with its own inputs and outputs, added to a `Net`."""

import numpy as np

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape

SCALE, ZERO = 0.05, -3


def plain_input(net: Net, shape: Shape, dtype: str = "int8") -> int:
    """An input with the scale that all tensors here share."""
    index = plain(net, shape, dtype)
    net.spec.inputs.append(index)
    return index


def plain_output(net: Net, shape: Shape, dtype: str = "int8") -> int:
    """An output with the scale that all tensors here share."""
    index = plain(net, shape, dtype)
    net.spec.outputs.append(index)
    return index


def plain(net: Net, shape: Shape, dtype: str) -> int:
    """A tensor that is quantised only when it is int8 or int16."""
    if dtype in ("int8", "int16"):
        zero = ZERO if dtype == "int8" else 0
        return net.spec.tensor(TensorSpec(shape, dtype, (SCALE,), (zero,)))
    return net.spec.tensor(TensorSpec(shape, dtype))


def scalar(net: Net, value: int) -> int:
    """A constant without dimensions."""
    return net.spec.constant(np.asarray(value, np.int32))


def kept_output(net: Net, source: int, shape: Shape) -> int:
    """Add an output with the scale of a source."""
    spec = net.spec.tensors[source]
    return net.result(shape, scale=spec.scales[0], zero=spec.zeros[0])


def add_rearranged(
    net: Net,
    kind: str,
    shape: Shape,
    out: Shape,
    *operands: list[int] | list[list[int]],
    **options: int,
) -> None:
    """Add an operator with constant operands."""
    source = net.source(shape)
    constants = [net.spec.constant(np.asarray(o, np.int32)) for o in operands]
    net.spec.op(kind, (source, *constants), (kept_output(net, source, out),), **options)
