"""A small model of L2_NORMALIZATION."""

from tests.builds.compiler.networks import Net
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    target = net.result((2, 5), scale=1 / 128, zero=0)
    net.spec.op("L2_NORMALIZATION", (net.source((2, 5)),), (target,))
    return {"float32": functions(), "int8": net.build()}
