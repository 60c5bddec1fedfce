"""A small model of PAD and PADV2."""

import numpy as np

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.real_networks import layers


def add_pad(net: Net, shape: Shape, pads: list[list[int]]) -> None:
    """Add a PAD; scale and zero point are kept."""
    source = net.source(shape)
    kept = net.spec.tensors[source]
    out = tuple(s + p[0] + p[1] for s, p in zip(shape, pads, strict=True))
    target = net.result(out, scale=kept.scales[0], zero=kept.zeros[0])
    net.spec.op("PAD", (source, net.integers(pads)), (target,))


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_pad(net, (1, 2, 2, 1), [[0, 0], [1, 1], [0, 1], [0, 0]])
    source = plain_input(net, (2, 3))
    like = net.spec.tensors[source]
    value = net.spec.constant(np.array([7], np.int8), scales=like.scales, zeros=like.zeros)
    pads = net.integers([[1, 0], [0, 2]])
    net.spec.op("PADV2", (source, pads, value), (plain_output(net, (3, 5)),))
    return {"float32": layers(), "int8": net.build()}
