"""A small model of CUMSUM."""

import numpy as np

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


def add_running_sum(net: Net, dtype: str, shape: Shape, axis: int, **how: bool) -> None:
    """Add up along an axis."""
    real = dtype == "float32"
    source = plain_input(net, shape, dtype) if real else net.source(shape)
    target = plain_output(net, shape, dtype) if real else net.result(shape)
    place = net.spec.constant(np.asarray(axis, np.int32))
    net.spec.op("CUMSUM", (source, place), (target,), **how)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_running_sum(net, "int8", (2, 3), 1, reverse=True)
    add_running_sum(net, "float32", (2, 3), 0, exclusive=True)
    return {"int8 and float32": net.build()}
