"""Small models of UNIDIRECTIONAL_SEQUENCE_LSTM."""

import numpy as np

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net
from tests.builds.compiler.real_networks import lstm as real_lstm


def variable(net: Net, shape: tuple[int, ...], dtype: str, scale: float, zero: int) -> int:
    """Add a state."""
    return net.spec.tensor(TensorSpec(shape, dtype, (scale,), (zero,), variable=True))


def lstm(seed: int, batch: int, steps: int, inputs: int, states: int, **options: float) -> bytes:
    """Make a model of one LSTM."""
    net = Net(seed)
    shape = (steps, batch) if options.get("time_major") else (batch, steps)
    source = net.source((*shape, inputs), scale=0.03)
    matrices = [net.weights((states, inputs), axis=None) for _ in range(4)]
    matrices += [net.weights((states, states), axis=None) for _ in range(4)]
    biases = [
        net.spec.constant(net.dice.integers(-3000, 3000, states).astype(np.int32), scales=(1e-4,))
        for _ in range(4)
    ]
    target = net.result((*shape, states), scale=options.pop("scale_out", 1 / 128), zero=3)
    hidden = variable(net, (batch, states), "int8", 1 / 128, 3)
    cell = variable(net, (batch, states), "int16", 2.0 ** options.pop("power", -11), 0)
    operands = [source, *matrices, -1, -1, -1, *biases, -1, -1, hidden, cell, -1, -1, -1, -1]
    kind = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    net.spec.op(kind, operands, (target,), activation=4, **options)
    return net.build()


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return {
        "float32": real_lstm(),
        "batches first": lstm(1, 1, 2, 3, 4),
        "time first": lstm(1, 2, 3, 8, 8, time_major=True),
    }
