"""A small model of GELU, exact and by TANH."""

from tests.builds.compiler.networks import Net, add_unary


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for how in (False, True):
        add_unary(net, "GELU", (2, 5), approximate=how)
    return {"int8": net.build()}
