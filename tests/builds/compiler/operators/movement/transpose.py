"""A small model of TRANSPOSE."""

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


def add_transpose(net: Net, shape: Shape, order: list[int]) -> None:
    """Permute the axes."""
    inputs = (plain_input(net, shape), net.integers(order))
    out = tuple(shape[axis] for axis in order)
    net.spec.op("TRANSPOSE", inputs, (plain_output(net, out),))


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_transpose(net, (2, 3, 4), [2, 0, 1])
    return {"int8": net.build()}
