"""Random comparisons, choices, casts and plain arithmetic, added to a `Net`."""

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape

BROADCASTS: list[tuple[Shape, Shape, Shape]] = [
    ((2, 3, 5), (2, 3, 5), (2, 3, 5)),
    ((2, 3, 4), (4,), (2, 3, 4)),
    ((1,), (3, 5), (3, 5)),
    ((2, 1, 4), (3, 1), (2, 3, 4)),
    ((1, 2, 3, 4), (1, 1, 3, 1), (1, 2, 3, 4)),
]


def answers(net: Net, shape: Shape) -> int:
    """Add an output of bools."""
    net.spec.outputs.append(net.spec.tensor(TensorSpec(shape, "bool")))
    return net.spec.outputs[-1]


def wide(net: Net, shape: Shape, source: int) -> int:
    """Make an int32 activation whose values reach all bits, from another type."""
    whole, scaled = (net.spec.tensor(TensorSpec(shape, "int32")) for _ in range(2))
    net.spec.op("CAST", (source,), (whole,))
    net.spec.op("MUL", (whole, net.integers([12_345_679])), (scaled,), activation=0)
    return scaled


def add_plain(
    net: Net, kind: str, dtype: str, shapes: tuple[Shape, Shape, Shape], activation: int = 0
) -> None:
    """Combine two inputs that have no scale."""
    a, b, out = shapes
    operands = plain_operands(net, dtype, a, b)
    net.spec.op(kind, operands, (plain_output(net, out, dtype),), activation=activation)


def plain_operands(net: Net, dtype: str, a: Shape, b: Shape) -> tuple[int, int]:
    """Add two operands without a scale."""
    if dtype == "int32":
        return wide(net, a, plain_input(net, a)), wide(net, b, plain_input(net, b))
    return plain_input(net, a, dtype), plain_input(net, b, dtype)
