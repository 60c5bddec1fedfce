"""A small model of FILL and ZEROS_LIKE."""

import numpy as np

from tests.builds.compiler.movements import SCALE, ZERO, plain_input, plain_output
from tests.builds.compiler.networks import Net


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    value = net.spec.constant(np.asarray(9, np.int8), scales=(SCALE,), zeros=(ZERO,))
    net.spec.op("FILL", (net.integers([2, 3]), value), (plain_output(net, (2, 3)),))
    net.spec.op("ZEROS_LIKE", (plain_input(net, (2, 3)),), (plain_output(net, (2, 3)),))
    return {"int8": net.build()}
