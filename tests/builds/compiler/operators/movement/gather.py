"""A small model of GATHER, with constant and with computed indices."""

import numpy as np

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


def add_gather(net: Net, shape: Shape, axis: int, indices: list[int]) -> None:
    """Choose slices."""
    place = axis % len(shape)
    out = (*shape[:place], len(indices), *shape[place + 1 :])
    inputs = (plain_input(net, shape), net.integers(indices))
    net.spec.op("GATHER", inputs, (plain_output(net, out),), axis=axis)


def add_look_up(net: Net, axis: int, *, constant: bool) -> None:
    """Choose slices along an axis by indices that are computed."""
    place = axis % 3
    shape = [3, 4, 2]
    shape[place] = 128
    rows = _rows(net, tuple(shape), constant=constant)
    kept = net.spec.tensors[rows]
    out = (*shape[:place], 2, 3, *shape[place + 1 :])
    made = net.result(out, scale=kept.scales[0], zero=kept.zeros[0])
    net.spec.op("GATHER", (rows, _indices(net, (2, 3))), (made,), axis=axis, batch_dims=0)


def _rows(net: Net, shape: Shape, *, constant: bool) -> int:
    if not constant:
        return net.source(shape)
    values = net.dice.integers(-128, 128, size=shape).astype(np.int8)
    return net.spec.constant(values, scales=(0.03,), zeros=(5,))


def _indices(net: Net, shape: Shape) -> int:
    """Indices from 0 to 127, made from bytes: golden inputs of int32 are zeros."""
    source = plain_input(net, shape)
    whole, inside = (net.spec.tensor(TensorSpec(shape, "int32")) for _ in range(2))
    net.spec.op("CAST", (source,), (whole,))
    net.spec.op("MAXIMUM", (whole, net.integers([0])), (inside,))
    return inside


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_gather(net, (2, 5, 3), 1, [4, 0, 2])
    add_look_up(net, 1, constant=True)
    add_look_up(net, 0, constant=False)
    return {"int8": net.build()}
