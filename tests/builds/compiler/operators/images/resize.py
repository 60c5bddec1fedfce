"""A small model of RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR."""

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.real_networks import layers


def add_resize(net: Net, shape: Shape, size: tuple[int, int], **how: bool) -> None:
    """Resize to the nearest neighbour."""
    inputs = (plain_input(net, shape), net.integers(list(size)))
    target = plain_output(net, (shape[0], *size, shape[3]))
    net.spec.op("RESIZE_NEAREST_NEIGHBOR", inputs, (target,), **how)


def add_bilinear(net: Net, shape: Shape, size: tuple[int, int], **how: bool) -> None:
    """Resize by interpolation."""
    inputs = (plain_input(net, shape), net.integers(list(size)))
    target = plain_output(net, (shape[0], *size, shape[3]))
    net.spec.op("RESIZE_BILINEAR", inputs, (target,), **how)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_bilinear(net, (1, 3, 4, 2), (5, 6), half_pixel_centers=True)
    add_resize(net, (1, 3, 4, 2), (5, 6))
    return {"float32": layers(), "int8": net.build()}
