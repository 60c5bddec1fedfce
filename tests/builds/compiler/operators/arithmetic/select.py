"""Small models of SELECT_V2, and of SELECT, its older name."""

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


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


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, old = Net(3), Net(4)
    add_choice(net, "int8", ((2, 1), (2, 3), (1, 3), (2, 3)))
    mask = plain_input(old, (2, 3), "bool")
    operands = [plain_input(old, (2, 3)) for _ in range(2)]
    old.spec.op("SELECT", (mask, *operands), (plain_output(old, (2, 3)),))
    return {"SELECT_V2": net.build(), "SELECT": old.build()}
