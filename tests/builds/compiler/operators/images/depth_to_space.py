"""A small model of DEPTH_TO_SPACE and SPACE_TO_DEPTH."""

from math import prod

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


def add_blocks(net: Net, kind: str, small: Shape, block: int) -> None:
    """Channels to pixels or back; `small` is the image with many channels, before them."""
    batch, height, width, channels = small
    deep = (batch, height, width, channels * block * block)
    wide = (batch, height * block, width * block, channels)
    shapes = (deep, wide) if kind == "DEPTH_TO_SPACE" else (wide, deep)
    assert prod(deep) == prod(wide)
    source, target = plain_input(net, shapes[0]), plain_output(net, shapes[1])
    net.spec.op(kind, (source,), (target,), block=block)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for kind in ("DEPTH_TO_SPACE", "SPACE_TO_DEPTH"):
        add_blocks(net, kind, (1, 2, 3, 2), 2)
    return {"int8": net.build()}
