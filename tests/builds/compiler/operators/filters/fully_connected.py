"""Small models of FULLY_CONNECTED."""

from tests.builds.compiler.networks import Net, bias64, given_wide, made_wide
from tests.builds.compiler.real_networks import layers


def add_dense(
    net: Net,
    rows: int,
    inputs: int,
    outputs: int,
    *,
    activation: int = 0,
    per_channel: bool = False,
) -> None:
    """Add a FULLY_CONNECTED."""
    source = net.source((rows, inputs))
    weights = net.weights((outputs, inputs), axis=0 if per_channel else None)
    target = net.result((rows, outputs), scale=net.scale(0.05, 2.0))
    net.spec.op(
        "FULLY_CONNECTED",
        (source, weights, net.bias(source, weights, outputs)),
        (target,),
        activation=activation,
    )


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, wide = Net(7), Net(9)
    add_dense(net, 1, 8, 5)
    add_dense(net, 3, 7, 4, per_channel=True)
    source, weights = given_wide(wide, (3, 8)), wide.weights((5, 8), axis=None)
    target = made_wide(wide, (3, 5), scale=wide.scale(1e-4, 1e-2))
    biases = bias64(wide, source, weights, 5)
    wide.spec.op("FULLY_CONNECTED", (source, weights, biases), (target,))
    return {"float32": layers(), "int8": net.build(), "int16": wide.build()}
