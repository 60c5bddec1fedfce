"""A small model of REVERSE_V2."""

from tests.builds.compiler.movements import add_rearranged
from tests.builds.compiler.networks import Net


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_rearranged(net, "REVERSE_V2", (2, 3, 4), (2, 3, 4), [1])
    return {"int8": net.build()}
