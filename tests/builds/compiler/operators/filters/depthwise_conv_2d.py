"""Small models of DEPTHWISE_CONV_2D."""

from tests.builds.compiler.networks import Conv, Net, add_filtered
from tests.builds.compiler.operators.factories import add_depthwise16
from tests.builds.compiler.real_networks import layers


def add_depthwise(net: Net, c: Conv) -> None:
    """Add a DEPTHWISE_CONV_2D with `filters` filters for each channel."""
    source = net.source((c.batch, c.height, c.width, c.channels))
    count = c.channels * c.filters
    weights = net.weights((1, *c.taps, count), axis=3 if c.per_channel else None, extreme=c.extreme)
    add_filtered(net, c, "DEPTHWISE_CONV_2D", source, weights, count, multiplier=c.filters)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, wide = Net(7), Net(9)
    add_depthwise(net, Conv(4, 4, 4, 1, (3, 3)))
    add_depthwise(net, Conv(9, 8, 8, 1, (5, 5)))
    add_depthwise(net, Conv(5, 6, 3, 2, (2, 3)))
    add_depthwise(net, Conv(5, 6, 3, 1, (2, 3)))
    add_depthwise(net, Conv(7, 6, 1, 4, (3, 3)))
    add_depthwise16(wide, Conv(4, 5, 4, 1, (3, 3)))
    add_depthwise16(wide, Conv(4, 5, 2, 2, (2, 3)))
    return {"float32": layers(), "int8": net.build(), "int16": wide.build()}
