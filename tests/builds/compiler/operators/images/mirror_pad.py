"""A small model of MIRROR_PAD, with and without the edge."""

from tests.builds.compiler.movements import add_rearranged
from tests.builds.compiler.networks import Net


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for mode, reach in ((0, 2), (1, 3)):
        pads = [[0, 0], [reach, 1], [0, reach]]
        out = (2, 4 + reach, 3 + reach)
        add_rearranged(net, "MIRROR_PAD", (2, 3, 3), out, pads, mode=mode)
    return {"int8": net.build()}
