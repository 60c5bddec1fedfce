"""Small models of RSQRT, and of SQRT, which TFLM does not have for int8."""

from tests.builds.compiler.networks import Net, add_unary
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, other = Net(1), Net(2)
    net.spec.op("RSQRT", (net.source((2, 5), zero=-128),), (net.result((2, 5)),))
    add_unary(other, "SQRT", (2, 5))
    return {"float32": functions(), "RSQRT": net.build(), "SQRT": other.build()}
