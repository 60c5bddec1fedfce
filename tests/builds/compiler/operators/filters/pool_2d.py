"""A small model of AVERAGE_POOL_2D and MAX_POOL_2D."""

from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.real_networks import layers


def add_pool(net: Net, c: Conv, kind: str) -> None:
    """Add a pool; scale and zero point are kept."""
    source = net.source((c.batch, c.height, c.width, c.channels))
    kept = net.spec.tensors[source]
    height = net.out_size(c.height, c.taps[0], c.stride[0], 1, c.padding)
    width = net.out_size(c.width, c.taps[1], c.stride[1], 1, c.padding)
    shape = (c.batch, height, width, c.channels)
    target = net.result(shape, scale=kept.scales[0], zero=kept.zeros[0])
    net.spec.op(
        kind,
        (source,),
        (target,),
        padding=c.padding,
        stride_h=c.stride[0],
        stride_w=c.stride[1],
        filter_h=c.taps[0],
        filter_w=c.taps[1],
        activation=c.activation,
    )


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        add_pool(net, Conv(4, 4, 3, 1, (2, 2), stride=(2, 2)), kind)
        add_pool(net, Conv(5, 4, 8, 1, (3, 2), batch=2), kind)
    return {"float32": layers(), "int8": net.build()}
