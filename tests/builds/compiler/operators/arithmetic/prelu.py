"""A small model of PRELU."""

from tests.builds.compiler.networks import Net
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    slopes = net.weights((3,), axis=None)
    net.spec.op("PRELU", (net.source((2, 3)), slopes), (net.result((2, 3)),))
    return {"float32": functions(), "int8": net.build()}
