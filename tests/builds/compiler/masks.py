"""Random comparisons, choices, casts and plain arithmetic, added to a `Net`."""

import numpy as np

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


def add_comparison(
    net: Net, kind: str, dtype: str, shapes: tuple[Shape, Shape, Shape], *, constant: bool = False
) -> None:
    """Compare two inputs, or an input with a constant."""
    a, b, out = shapes
    if dtype != "int8":
        operands = plain_operands(net, dtype, a, b)
    elif constant:
        values = net.dice.integers(-128, 128, size=b).astype(np.int8)
        limit = net.spec.constant(values, scales=(net.scale(),), zeros=(net.zero(),))
        operands = (net.source(a), limit)
    else:
        operands = (net.source(a), net.source(b))
    net.spec.op(kind, operands, (answers(net, out),))


def add_logic(net: Net, shapes: tuple[Shape, Shape, Shape]) -> None:
    """Join two masks by AND and by OR, and turn one over."""
    a, b, out = shapes
    masks = [plain_input(net, shape, "bool") for shape in (a, b)]
    for kind in ("LOGICAL_AND", "LOGICAL_OR"):
        net.spec.op(kind, masks, (answers(net, out),))
    net.spec.op("LOGICAL_NOT", masks[:1], (answers(net, a),))


def add_choice(net: Net, dtype: str, shapes: tuple[Shape, Shape, Shape, Shape]) -> None:
    """Choose between two inputs, and between an input and a constant."""
    condition, a, b, out = shapes
    mask, first = plain_input(net, condition, "bool"), plain_input(net, a, dtype)
    second = plain_input(net, b, dtype)
    net.spec.op("SELECT_V2", (mask, first, second), (plain_output(net, out, dtype),))
    like = net.spec.tensors[second]
    values = net.dice.integers(-100, 100, size=b).astype(dtype)
    fixed = net.spec.constant(values, scales=like.scales, zeros=like.zeros)
    net.spec.op("SELECT_V2", (mask, fixed, first), (plain_output(net, out, dtype),))
    known = net.spec.constant(net.dice.integers(0, 2, size=condition).astype(bool))
    net.spec.op("SELECT_V2", (known, first, fixed), (plain_output(net, out, dtype),))


def add_cast(net: Net, given: str, made: str, shape: Shape, *, through: bool = False) -> None:
    """Change the type; `through` int32, which has no golden inputs but zero, of a wide product."""
    source = plain_input(net, shape, given)
    if through:
        source = wide(net, shape, source)
    net.spec.op("CAST", (source,), (plain_output(net, shape, made),))


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


def add_reduced_mask(net: Net, kind: str, axes: list[int], out: Shape) -> None:
    """Add whether any or all of a mask hold, along some axes."""
    mask = net.spec.tensor(TensorSpec((2, 3, 4), "bool"))
    net.spec.op("GREATER", (net.source((2, 3, 4)), net.source((2, 3, 4))), (mask,))
    net.spec.op(kind, (mask, net.integers(axes)), (answers(net, out),), keep_dims=False)


def add_quotient(net: Net, a: Shape, b: Shape, out: Shape, *, scale: float, zero: int) -> None:
    """Divide an input by another; both run through zero."""
    operands = (net.source(a, scale=0.03), net.source(b, scale=0.02, zero=zero))
    net.spec.op("DIV", operands, (net.result(out, scale=scale),), activation=0)
