"""A small model of EXP and LOG."""

from tests.builds.compiler.networks import Net, add_unary
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for kind in ("EXP", "LOG"):
        add_unary(net, kind, (2, 5))
    return {"float32": functions(), "int8": net.build()}
