"""Models with a loop, as a recurrent layer is exported that nobody unrolled."""

import numpy as np

from tests.builds.compiler.modelfile import ModelSpec, TensorSpec
from tests.builds.compiler.networks import Net

UNITS, INPUTS = 3, 4
SCALE, ZERO = 0.02, 4


def number(spec: ModelSpec, value: int) -> int:
    """Add a constant int32."""
    return spec.constant(np.asarray(value, np.int32))


def counter(spec: ModelSpec) -> int:
    """Add an int32 that is computed."""
    return spec.tensor(TensorSpec((), "int32"))


def argument(spec: ModelSpec, shape: tuple[int, ...]) -> int:
    """Add what a turn starts from."""
    spec.inputs.append(spec.activation(shape, SCALE, ZERO))
    return spec.inputs[-1]


def condition(steps: int, shapes: list[tuple[int, ...]]) -> ModelSpec:
    """Go on while the counter is below the number of steps."""
    spec = ModelSpec()
    spec.inputs.append(counter(spec))
    for shape in shapes:
        argument(spec, shape)
    spec.outputs.append(spec.tensor(TensorSpec((), "bool")))
    spec.op("LESS", (spec.inputs[0], number(spec, steps)), spec.outputs)
    return spec


def turn(net: Net, shapes: list[tuple[int, ...]]) -> ModelSpec:
    """Take one row of the sequence, and mix it with what is remembered."""
    spec = net.spec
    spec.inputs.append(counter(spec))
    hidden, rows = (argument(spec, shape) for shape in shapes)
    after = counter(spec)
    spec.op("ADD", (spec.inputs[0], number(spec, 1)), (after,))
    row = spec.activation((1, INPUTS), SCALE, ZERO)
    spec.op("GATHER", (rows, spec.inputs[0]), (row,))
    parts = []
    for source, size in ((row, INPUTS), (hidden, UNITS)):
        parts.append(spec.activation((1, UNITS), 0.1, -3))
        weights = net.weights((UNITS, size), axis=None)
        spec.op("FULLY_CONNECTED", (source, weights, -1), (parts[-1],))
    both = spec.activation((1, UNITS), 0.1, 0)
    spec.op("ADD", parts, (both,))
    made = spec.activation((1, UNITS), 1 / 128, 0)
    spec.op("TANH", (both,), (made,))
    spec.outputs += [after, made, rows]
    return spec


def looped(seed: int, steps: int, *, start: int | None = 0) -> bytes:
    """Run a simple recurrent layer in a loop; `start` None leaves the counter to the caller."""
    shapes: list[tuple[int, ...]] = [(1, UNITS), (steps, 1, INPUTS)]
    net = Net(seed)
    spec = net.spec
    rows = net.source(shapes[1], scale=SCALE, zero=ZERO)
    if start is None:
        first = counter(spec)
        spec.inputs.append(first)
    else:
        first = number(spec, start)
    zeros = np.full(shapes[0], ZERO, np.int8)
    hidden = spec.constant(zeros, scales=(SCALE,), zeros=(ZERO,))
    made = [counter(spec), spec.activation(shapes[0], 1 / 128, 0)]
    made.append(spec.activation(shapes[1], SCALE, ZERO))
    spec.op("WHILE", (first, hidden, rows), made, condition=1, body=2)
    out = net.result(shapes[0], scale=1 / 128, zero=0)
    spec.op("RELU", (made[1],), (out,))
    spec.others += [condition(steps, shapes), turn(Net(seed + 1), shapes)]
    return net.build()
