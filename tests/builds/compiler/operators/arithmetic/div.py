"""Small models of DIV."""

from tests.builds.compiler.masks import BROADCASTS, add_plain
from tests.builds.compiler.networks import Net, Shape


def add_quotient(net: Net, a: Shape, b: Shape, out: Shape, *, scale: float, zero: int) -> None:
    """Divide an input by another; both run through zero."""
    operands = (net.source(a, scale=0.03), net.source(b, scale=0.02, zero=zero))
    net.spec.op("DIV", operands, (net.result(out, scale=scale),), activation=0)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, real = Net(6), Net(2)
    add_quotient(net, (2, 3), (3,), (2, 3), scale=0.1, zero=4)
    add_plain(real, "DIV", "float32", BROADCASTS[2])
    return {"int8": net.build(), "float32": real.build()}
