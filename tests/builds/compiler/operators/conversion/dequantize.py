"""A small model of DEQUANTIZE."""

from tests.builds.compiler.movements import plain_output
from tests.builds.compiler.networks import Net, given_wide


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    net.spec.op("DEQUANTIZE", (net.source((2, 3)),), (plain_output(net, (2, 3), "float32"),))
    net.spec.op("DEQUANTIZE", (given_wide(net, (2, 3)),), (plain_output(net, (2, 3), "float32"),))
    return {"all types": net.build()}
