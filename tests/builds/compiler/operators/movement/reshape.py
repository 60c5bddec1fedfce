"""A small model of RESHAPE, SQUEEZE and EXPAND_DIMS between layers."""

from tests.builds.compiler.movements import plain, plain_input, plain_output, scalar
from tests.builds.compiler.networks import Net


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    source, flat = plain_input(net, (1, 2, 3)), plain(net, (3, 2), "int8")
    net.spec.op("RESHAPE", (source, net.integers([3, 2])), (flat,))
    deep = plain(net, (3, 1, 2), "int8")
    net.spec.op("EXPAND_DIMS", (flat, scalar(net, 1)), (deep,))
    net.spec.op("SQUEEZE", (deep,), (plain_output(net, (3, 2)),))
    return {"int8": net.build()}
