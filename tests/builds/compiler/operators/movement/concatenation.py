"""A small model of CONCATENATION and PACK."""

import numpy as np

from tests.builds.compiler.movements import SCALE, ZERO, plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


def add_concatenation(
    net: Net, shapes: list[Shape], axis: int, dtype: str = "int8", *, constant: bool = False
) -> None:
    """Join inputs, and a constant where asked."""
    inputs = [plain_input(net, shape, dtype) for shape in shapes]
    if constant:
        values = net.dice.integers(-128, 128, size=shapes[0]).astype(np.int8)
        inputs.insert(1, net.spec.constant(values, scales=(SCALE,), zeros=(ZERO,)))
        shapes = [shapes[0], *shapes]
    out = list(shapes[0])
    out[axis] = sum(shape[axis] for shape in shapes)
    net.spec.op("CONCATENATION", inputs, (plain_output(net, tuple(out), dtype),), axis=axis)


def add_pack(net: Net, count: int, shape: Shape, axis: int) -> None:
    """Stack inputs along a new axis."""
    inputs = [plain_input(net, shape) for _ in range(count)]
    place = axis % (len(shape) + 1)
    out = (*shape[:place], count, *shape[place:])
    net.spec.op("PACK", inputs, (plain_output(net, out),), axis=axis, count=count)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_concatenation(net, [(2, 3), (2, 5)], 1, constant=True)
    add_pack(net, 3, (2, 3), 1)
    return {"int8": net.build()}
