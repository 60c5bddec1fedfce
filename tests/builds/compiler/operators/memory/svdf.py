"""Small models of SVDF."""

import numpy as np

from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.memory.unidirectional_sequence_lstm import variable


def svdf(
    seed: int, batch: int, inputs: int, units: int, rank: int, memory: int, dtype: str
) -> bytes:
    """Make a model of one SVDF."""
    net = Net(seed)
    source = net.source((batch, inputs), scale=0.05)
    count = units * rank
    feature = net.weights((count, inputs), axis=None)
    bound = 127 if dtype == "int8" else 1000
    values = net.dice.integers(-bound, bound, (count, memory)).astype(dtype)
    time = net.spec.constant(values, scales=(0.002,), zeros=(0,))
    state_scale = 0.4 if dtype == "int8" else 0.002
    biases = net.dice.integers(-900, 900, units).astype(np.int32)
    bias = net.spec.constant(biases, scales=(state_scale * 0.002,))
    state = variable(net, (batch, count * memory), dtype, state_scale, 0)
    target = net.result((batch, units), scale=0.1)
    net.spec.op("SVDF", (source, feature, time, bias, state), (target,), rank=rank, activation=1)
    return net.build()


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return {kind: svdf(1, 1, 3, 4, 1, 3, kind) for kind in ("int8", "int16")}
