"""Small models of CONV_2D."""

from tests.builds.compiler.networks import Conv, Net, add_filtered
from tests.builds.compiler.operators.factories import add_conv16
from tests.builds.compiler.real_networks import layers


def add_conv(net: Net, c: Conv) -> None:
    """Add a CONV_2D."""
    source = net.source((c.batch, c.height, c.width, c.channels * c.groups))
    weights = net.weights(
        (c.filters * c.groups, *c.taps, c.channels),
        axis=0 if c.per_channel else None,
        extreme=c.extreme,
    )
    add_filtered(net, c, "CONV_2D", source, weights, c.filters * c.groups)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, wide = Net(7), Net(9)
    add_conv(net, Conv(4, 4, 2, 3, (3, 3)))
    add_conv(net, Conv(7, 9, 1, 6, (3, 3)))
    add_conv(net, Conv(5, 6, 4, 8, (1, 1)))
    add_conv(net, Conv(5, 6, 4, 8, (2, 2), groups=2, batch=2))
    add_conv(net, Conv(5, 6, 4, 3, (2, 3), dilation=(1, 2), extreme=True))
    add_conv16(wide, Conv(4, 5, 2, 4, (3, 2)))
    add_conv16(wide, Conv(4, 5, 2, 4, (3, 2), groups=2))
    return {"float32": layers(), "int8": net.build(), "int16": wide.build()}
