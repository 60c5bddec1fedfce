"""Small models of RELU and RELU6, and of RELU_N1_TO_1, which TFLM does not have."""

from tests.builds.compiler.networks import Net, add_unary, given_wide, made_wide
from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, other = Net(1), Net(2)
    for kind in ("RELU", "RELU6"):
        add_unary(net, kind, (2, 5))
        net.spec.op(kind, (given_wide(net, (2, 5)),), (made_wide(net, (2, 5)),))
    add_unary(other, "RELU_N1_TO_1", (2, 5))
    return {"float32": functions(), "int8 and int16": net.build(), "RELU_N1_TO_1": other.build()}
