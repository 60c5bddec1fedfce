"""Small models of READ_VARIABLE and ASSIGN_VARIABLE."""

import numpy as np

from tests.builds.compiler.modelfile import ModelSpec
from tests.builds.compiler.networks import Net

SCALE, ZERO, SHAPE = 0.05, 3, (1, 6)


def starting(values: list[int]) -> ModelSpec:
    """Make the subgraph that a model calls once."""
    once = ModelSpec()
    array = np.asarray(values, np.int8).reshape(SHAPE)
    value = once.constant(array, scales=(SCALE,), zeros=(ZERO,))
    once.op("ASSIGN_VARIABLE", (once.handle("memory"), value), ())
    return once


def running_sum(start: list[int] | None = None, *, constant: bool = False) -> bytes:
    """Add each input to a variable; the sum before and after are outputs."""
    net = Net(3)
    spec = net.spec
    if start is not None:
        spec.op("CALL_ONCE", (), (), subgraph=1)
        spec.others.append(starting(start))
    source = net.source(SHAPE, scale=SCALE, zero=ZERO)
    memory = spec.handle("memory")
    before = net.result(SHAPE, scale=SCALE, zero=ZERO)
    spec.op("READ_VARIABLE", (memory,), (before,))
    after = net.result(SHAPE, scale=SCALE, zero=ZERO)
    spec.op("ADD", (source, before), (after,))
    kept = after
    if constant:
        kept = spec.constant(
            np.arange(6, dtype=np.int8).reshape(SHAPE), scales=(SCALE,), zeros=(3,)
        )
    spec.op("ASSIGN_VARIABLE", (memory, kept), ())
    return net.build()


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return {
        "from zero": running_sum(),
        "from a start": running_sum([1, -2, 3, -128, 127, 0]),
        "constant": running_sum(constant=True),
    }
