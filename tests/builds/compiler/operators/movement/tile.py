"""Small models of BROADCAST_TO, and of TILE, which TFLM does not have."""

from tests.builds.compiler.movements import add_rearranged
from tests.builds.compiler.networks import Net


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, other = Net(1), Net(2)
    add_rearranged(net, "BROADCAST_TO", (1, 3, 1), (2, 4, 3, 5), [2, 4, 3, 5])
    add_rearranged(other, "TILE", (2, 3, 2), (4, 3, 6), [2, 1, 3])
    return {"BROADCAST_TO": net.build(), "TILE": other.build()}
