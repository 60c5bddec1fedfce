"""A recurrent layer that a converter unrolled (fills, splits, gates) equals TFLM everywhere."""

import numpy as np
import pytest

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal

UNITS, INPUTS, STEPS = 5, 3, 3
TINY = 7.84313680668447e-09  # the scale that a converter gives to what was zero in calibration


def dense(net: Net, source: int, weights: int, outputs: int) -> int:
    """Add a dense layer without a bias."""
    target = net.spec.activation((1, outputs), 0.02, 4)
    net.spec.op("FULLY_CONNECTED", (source, weights, -1), (target,))
    return target


def function(net: Net, kind: str, source: int, scale: float, zero: int) -> int:
    """Add a function of one element."""
    target = net.spec.activation((1, UNITS), scale, zero)
    net.spec.op(kind, (source,), (target,))
    return target


def pairwise(net: Net, kind: str, a: int, b: int, width: int, scale: float = 0.02) -> int:
    """Add an operator of two activations."""
    target = net.spec.activation((1, width), scale, 4)
    net.spec.op(kind, (a, b), (target,))
    return target


def step(net: Net, given: int, memory: tuple[int, int], cells: tuple[int, int]) -> tuple[int, int]:
    """Add one step of an LSTM; give what it remembers."""
    hidden, cell = memory
    both = pairwise(
        net, "ADD", dense(net, given, cells[0], 4 * UNITS), dense(net, hidden, cells[1], 4 * UNITS),
        4 * UNITS,
    )  # fmt: skip
    parts = [net.spec.activation((1, UNITS), 0.02, 4) for _ in range(4)]
    net.spec.op("SPLIT", (net.spec.constant(np.asarray(1, np.int32)), both), parts, count=4)
    gates = [function(net, "LOGISTIC", parts[n], 1 / 256, -128) for n in (0, 1, 3)]
    new = function(net, "TANH", parts[2], 1 / 128, 0)
    kept = pairwise(net, "MUL", gates[1], cell, UNITS)
    cell = pairwise(net, "ADD", kept, pairwise(net, "MUL", gates[0], new, UNITS), UNITS)
    hidden = pairwise(net, "MUL", gates[2], function(net, "TANH", cell, 1 / 128, 0), UNITS)
    return hidden, cell


def unrolled(seed: int) -> bytes:
    """Unroll an LSTM that starts from zero."""
    net = Net(seed)
    source = net.source((STEPS, 1, INPUTS), scale=0.02, zero=-3)
    rows = [net.spec.activation((1, INPUTS), 0.02, -3) for _ in range(STEPS)]
    net.spec.op("UNPACK", (source,), rows, count=STEPS, axis=0)
    cells = (
        net.weights((4 * UNITS, INPUTS), axis=None),
        net.weights((4 * UNITS, UNITS), axis=None),
    )
    zero = net.spec.constant(np.asarray(0, np.int8), scales=(TINY,), zeros=(0,))
    start = net.spec.activation((1, UNITS), TINY, 0)
    net.spec.op("FILL", (net.integers([1, UNITS]), zero), (start,))
    memory = (start, start)
    for row in rows:
        memory = step(net, row, memory, cells)
    net.spec.op("RELU", (memory[0],), (net.result((1, UNITS)),))
    return net.build()


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "rv32imc"])
def test_an_unrolled_lstm_is_equal(target: str) -> None:
    assert_equal(unrolled(3), target, vectors=8)


def test_an_unrolled_layer_needs_no_memory_between_runs() -> None:
    assert compile_model(unrolled(3), load_target("cortex-m4f")).state_bytes == 0
