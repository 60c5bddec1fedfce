"""Small models of SOFTMAX."""

from tests.builds.compiler.networks import Net, given_wide, made_wide
from tests.builds.compiler.real_networks import functions


def add_softmax(net: Net, rows: int, depth: int, beta: float = 1.0) -> None:
    """Add a SOFTMAX."""
    source = net.source((rows, depth), scale=net.scale(0.005, 0.6))
    target = net.result((rows, depth), scale=1 / 256, zero=-128)
    net.spec.op("SOFTMAX", (source,), (target,), beta=beta)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, wide = Net(1), Net(2)
    add_softmax(net, 1, 6)
    add_softmax(net, 3, 50)
    source, target = net.source((2, 5)), made_wide(net, (2, 5), scale=2**-16)
    net.spec.tensors[target].zeros = (-32768,)
    net.spec.op("SOFTMAX", (source,), (target,), beta=1.0)
    source = given_wide(wide, (2, 5), scale=1e-3)
    wide.spec.op("SOFTMAX", (source,), (made_wide(wide, (2, 5), scale=2**-15),), beta=1.0)
    return {"float32": functions(), "int8": net.build(), "int16": wide.build()}
