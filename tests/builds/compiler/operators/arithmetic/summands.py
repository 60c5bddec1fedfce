"""Small models of ADD_N."""

from tests.builds.compiler.networks import Net
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(5)
    operands = [net.source((3, 7), scale=0.05, zero=0) for _ in range(3)]
    net.spec.op("ADD_N", operands, (net.result((3, 7), scale=0.09, zero=4),))
    return {"float32": functions(), "int8": net.build()}
