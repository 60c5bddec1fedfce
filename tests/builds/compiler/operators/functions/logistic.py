"""Small models of LOGISTIC and TANH."""

from tests.builds.compiler.networks import Net, given_wide, made_wide
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, wide = Net(1), Net(2)
    for kind, scale, zero in (("LOGISTIC", 1 / 256, -128), ("TANH", 1 / 128, 0)):
        target = net.result((2, 5), scale=scale, zero=zero)
        net.spec.op(kind, (net.source((2, 5)),), (target,))
        target = made_wide(wide, (2, 5), scale=2**-15)
        wide.spec.op(kind, (given_wide(wide, (2, 5), scale=2e-4),), (target,))
    return {"float32": functions(), "int8": net.build(), "int16": wide.build()}
