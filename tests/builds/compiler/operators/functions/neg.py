"""A small model of NEG."""

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    source, target = plain_input(net, (2, 3), "float32"), plain_output(net, (2, 3), "float32")
    net.spec.op("NEG", (source,), (target,))
    return {"float32": net.build()}
