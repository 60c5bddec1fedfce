"""Small models of the operators that compare."""

import numpy as np

from builds.compiler.operators.arithmetic.comparison import RELATIONS
from tests.builds.compiler.masks import BROADCASTS, answers, plain_operands
from tests.builds.compiler.networks import Net, Shape


def add_comparison(
    net: Net, kind: str, dtype: str, shapes: tuple[Shape, Shape, Shape], *, constant: bool = False
) -> None:
    """Compare two inputs, or an input with a constant."""
    a, b, out = shapes
    if dtype != "int8":
        operands = plain_operands(net, dtype, a, b)
    elif constant:
        values = net.dice.integers(-128, 128, size=b).astype(np.int8)
        limit = net.spec.constant(values, scales=(net.scale(),), zeros=(net.zero(),))
        operands = (net.source(a), limit)
    else:
        operands = (net.source(a), net.source(b))
    net.spec.op(kind, operands, (answers(net, out),))


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    scaled, plain = Net(6), Net(7)
    for kind in RELATIONS:
        add_comparison(scaled, kind, "int8", BROADCASTS[1])
        add_comparison(plain, kind, "float32", BROADCASTS[0])
    return {"int8": scaled.build(), "float32": plain.build()}
