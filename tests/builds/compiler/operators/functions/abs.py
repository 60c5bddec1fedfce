"""A small model of ABS."""

from tests.builds.compiler.networks import Net, add_unary
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_unary(net, "ABS", (2, 5))
    return {"float32": functions(), "int8": net.build()}
