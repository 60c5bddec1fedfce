"""Small models of TRANSPOSE_CONV."""

from tests.builds.compiler.networks import Net, Shape, bias64, given_wide, made_wide
from tests.builds.compiler.real_networks import layers


def add_transpose_conv(
    net: Net,
    image: Shape,
    filters: int,
    taps: tuple[int, int],
    stride: tuple[int, int],
    *,
    padding: int,
    bias: bool = True,
    per_channel: bool = True,
) -> None:
    """Add a TRANSPOSE_CONV; its output is as large as Keras would make it."""
    batch, height, width, channels = image
    source = net.source(image)
    weights = net.weights((filters, *taps, channels), axis=0 if per_channel else None)
    extra = [0 if padding == 0 else max(t - s, 0) for t, s in zip(taps, stride, strict=True)]
    out = (batch, height * stride[0] + extra[0], width * stride[1] + extra[1], filters)
    inputs = [net.integers(list(out)), weights, source]
    if bias:
        inputs.append(net.bias(source, weights, filters))
    target = net.result(out, scale=net.scale(0.05, 2.0))
    net.spec.op(
        "TRANSPOSE_CONV",
        inputs,
        (target,),
        padding=padding,
        stride_h=stride[0],
        stride_w=stride[1],
    )


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, wide = Net(4), Net(5)
    add_transpose_conv(net, (1, 4, 3, 2), 3, (3, 2), (2, 2), padding=0)
    add_transpose_conv(net, (1, 2, 3, 2), 3, (1, 1), (2, 2), padding=1)
    source, weights = given_wide(wide, (1, 3, 4, 2)), wide.weights((3, 2, 2, 2), axis=0)
    target = made_wide(wide, (1, 6, 8, 3), scale=wide.scale(1e-4, 1e-2))
    operands = (wide.integers([1, 6, 8, 3]), weights, source, bias64(wide, source, weights, 3))
    wide.spec.op("TRANSPOSE_CONV", operands, (target,), padding=0, stride_h=2, stride_w=2)
    return {"float32": layers(), "int8": net.build(), "int16": wide.build()}
