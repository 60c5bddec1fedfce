"""A small model of GATHER_ND."""

from tests.builds.compiler.movements import add_rearranged
from tests.builds.compiler.networks import Net


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_rearranged(net, "GATHER_ND", (3, 4, 2), (2, 2), [[0, 3], [2, 1]])
    add_rearranged(net, "GATHER_ND", (3, 4), (3, 4), [[2], [0], [2]])
    return {"int8": net.build()}
