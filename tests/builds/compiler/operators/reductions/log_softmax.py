"""A small model of LOG_SOFTMAX."""

from tests.builds.compiler.networks import Net
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    net.spec.op("LOG_SOFTMAX", (net.source((2, 5)),), (net.result((2, 5), scale=1 / 16, zero=127),))
    return {"float32": functions(), "int8": net.build()}
