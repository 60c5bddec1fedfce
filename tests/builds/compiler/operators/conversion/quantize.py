"""Small models of QUANTIZE: between scales and types, and as a table of real functions."""

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.movements import plain_input
from tests.builds.compiler.networks import Net, Shape, add_unary, made_wide


def add_real_functions(net: Net, kinds: list[str], scale: float = 0.03, zero: int = 5) -> None:
    """Add a function of real numbers for each kind, between DEQUANTIZE and QUANTIZE."""
    for kind in kinds:
        source, target = net.source((1, 256), scale=scale, zero=zero), net.result((1, 256))
        reals = [net.spec.tensor(TensorSpec((1, 256), "float32")) for _ in range(2)]
        net.spec.op("DEQUANTIZE", (source,), (reals[0],))
        net.spec.op(kind, (reals[0],), (reals[1],))
        net.spec.op("QUANTIZE", (reals[1],), (target,))


def add_unsigned(net: Net, shape: Shape) -> None:
    """Add ways from and to bytes without a sign, as images have them."""
    for zero, other in ((0, -128), (3, 7)):
        given = net.spec.tensor(TensorSpec(shape, "uint8", (0.02,), (zero,)))
        net.spec.inputs.append(given)
        middle = net.spec.activation(shape, 0.02 if zero == 0 else 0.03, other)
        net.spec.op("QUANTIZE", (given,), (middle,))
        made = net.spec.tensor(TensorSpec(shape, "uint8", (0.025,), (zero,)))
        net.spec.outputs.append(made)
        net.spec.op("QUANTIZE", (middle,), (made,))


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_unsigned(net, (2, 3))
    add_real_functions(net, ["NEG", "SIN"])
    add_unary(net, "QUANTIZE", (2, 3))
    net.spec.op("QUANTIZE", (net.source((2, 3)),), (made_wide(net, (2, 3)),))
    source = plain_input(net, (2, 3), "float32")
    net.spec.op("QUANTIZE", (source,), (net.result((2, 3)),))
    return {"all types": net.build()}
