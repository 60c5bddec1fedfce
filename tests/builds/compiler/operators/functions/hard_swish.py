"""A small model of HARD_SWISH."""

from tests.builds.compiler.networks import Net, add_unary
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_unary(net, "HARD_SWISH", (2, 5))
    return {"float32": functions(), "int8": net.build()}
