"""What the small models of several operators are made of, and the list of all models.

The models of an operator lie in the file that has the name of its declaration's: those of
`builds.compiler.operators.arithmetic.add` in `tests.builds.compiler.operators.arithmetic.add`,
where `models()` gives them by name.
"""

from dataclasses import replace
from importlib import import_module

from builds.compiler.operators.table import HOMES
from tests.builds.compiler.masks import BROADCASTS, add_plain
from tests.builds.compiler.networks import Conv, Net, add_binary, bias64, given_wide, made_wide

PRODUCT, TESTS = "builds.compiler.operators.", "tests.builds.compiler.operators."


def models_of(home: str) -> dict[str, bytes]:
    """Give the small models of the operators that one module declares."""
    made: dict[str, bytes] = import_module(home.replace(PRODUCT, TESTS, 1)).models()
    return made


def operators_of(home: str) -> set[str]:
    """Give the operators that one module declares."""
    return {name for name, at in HOMES.items() if at == home}


def arithmetic(kind: str, *, int16: bool = True) -> dict[str, bytes]:
    """Make models of an operator of two operands, one for each type."""
    nets = {name: Net(5) for name in ("int8", "int16", "float32", "int32")}
    add_binary(nets["int8"], kind, (1, 2, 3), (1, 2, 3), (1, 2, 3))
    add_binary(nets["int8"], kind, (1, 2, 3), (3,), (1, 2, 3))
    wide = nets["int16"]
    operands = (given_wide(wide, (2, 5)), given_wide(wide, (5,)))
    wide.spec.op(kind, operands, (made_wide(wide, (2, 5)),))
    for name in ("float32", "int32"):
        add_plain(nets[name], kind, name, BROADCASTS[2])
    return {name: net.build() for name, net in nets.items() if int16 or name != "int16"}


def add_conv16(net: Net, c: Conv) -> None:
    """Add a CONV_2D with 16-bit activations."""
    weights = net.weights((c.filters * c.groups, *c.taps, c.channels), axis=0)
    _add_window16(net, "CONV_2D", replace(c, channels=c.channels * c.groups), weights, 0)


def add_depthwise16(net: Net, c: Conv) -> None:
    """Add a DEPTHWISE_CONV_2D with 16-bit activations and `filters` filters for each channel."""
    weights = net.weights((1, *c.taps, c.channels * c.filters), axis=3)
    _add_window16(net, "DEPTHWISE_CONV_2D", c, weights, 3, multiplier=c.filters)


def _add_window16(net: Net, kind: str, c: Conv, weights: int, axis: int, **more: int) -> None:
    filters = net.spec.tensors[weights].shape[axis]
    source = given_wide(net, (c.batch, c.height, c.width, c.channels))
    target = made_wide(net, (c.batch, c.height, c.width, filters), scale=net.scale(1e-4, 1e-2))
    operands = (source, weights, bias64(net, source, weights, filters))
    window = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
    net.spec.op(kind, operands, (target,), padding=0, activation=1, **window, **more)
