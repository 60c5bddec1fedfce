"""Small models of LEAKY_RELU."""

from tests.builds.compiler.networks import Net, add_unary, given_wide, made_wide
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, wide = Net(1), Net(2)
    add_unary(net, "LEAKY_RELU", (2, 5), alpha=0.1)
    wide.spec.op("LEAKY_RELU", (given_wide(wide, (2, 5)),), (made_wide(wide, (2, 5)),), alpha=0.2)
    return {"float32": functions(), "int8": net.build(), "int16": wide.build()}
