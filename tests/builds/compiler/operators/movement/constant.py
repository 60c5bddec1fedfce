"""A small model with an output that is constant, which a pass writes."""

import numpy as np

from tests.builds.compiler.movements import SCALE, ZERO
from tests.builds.compiler.networks import Net, add_unary


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    values = np.arange(6, dtype=np.int8).reshape(2, 3)
    net.spec.outputs.append(net.spec.constant(values, scales=(SCALE,), zeros=(ZERO,)))
    add_unary(net, "ABS", (2, 3))
    return {"int8": net.build()}
