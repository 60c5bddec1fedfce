"""Operators other than windows: products, sums, functions, shapes."""

from dataclasses import replace
from math import prod
from typing import Final

import numpy as np

from builds.sources.onnx.plain import array
from builds.sources.onnx.quantised.frame import Lying
from builds.sources.onnx.quantised.reader import (
    CLAMPS,
    QuantisedReader,
    Rule,
    Rules,
    clamps,
    number,
)
from builds.sources.onnx.quantised.scales import REQUANTISE, Scale
from builds.sources.onnx.quantised.windows import pad
from fleet.lib.errors import Refused
from registry.files.onnx.model import OnnxNode

# What TensorFlow Lite's kernels give, whatever a file says; another scale follows behind.
SOFTMAX: Final = Scale(1 / 256, -128)
TANH: Final = Scale(1 / 128, 0)
DENSE: Final = frozenset({"Gemm", "MatMul"})


def _dense(node: OnnxNode, reader: QuantisedReader) -> None:
    value, stored, frame = reader.value(node.inputs[0]), reader.weights(node, 1), reader.frame
    if node.attributes.get("transA", 0) or {
        node.attributes.get(n, 1.0) for n in ("alpha", "beta")
    } != {1.0}:
        raise Refused(f"{node.label} has factors or a turned input, which are not read.")
    matrix, turned = stored.values, bool(number(node, "transB", 0))
    if matrix.ndim != 2 or len(value.shape) != 2 or node.inputs[1] in reader.lying:
        raise Refused(f"{node.label} is not a product of rows with a constant matrix.")
    matrix = matrix if turned else matrix.T
    outputs = matrix.shape[0]
    if matrix.shape[1] != value.shape[1]:
        raise Refused(
            f"{node.label} has {matrix.shape[1]} weights a row for {value.shape[1]} numbers."
        )
    scales = list(stored.scales)
    if len(scales) > 1 and (len(scales) != outputs or stored.axis != (0 if turned else 1)):
        raise Refused(f"{node.label} has weights with scales along another axis than its outputs.")
    if value.order is not None:
        matrix = matrix[:, value.order]
    name, activation = reader.clamped(node)
    made = frame.value(name, (1, outputs), reader.scale_of(node, name))
    weights = frame.integers(f"{name}/weights", matrix, "int8", scales)
    bias = reader.bias(node, [value.scale.scale * scale for scale in scales], outputs)
    options = {"activation": activation, "weights_format": 0, "keep_dims": False}
    reader.give(name, frame.op("FULLY_CONNECTED", (value.tensor, weights, bias), made, **options))


def _binary(kind: str) -> Rule:
    def rule(node: OnnxNode, reader: QuantisedReader) -> None:
        name, activation = reader.clamped(node)
        values = [reader.lying.get(given) for given in node.inputs]
        known = [value for value in values if value is not None]
        if not known:
            raise Refused(f"{node.label} has two constants.")
        if len(known) == 2 and (known[0].order is None) != (known[1].order is None):
            raise Refused(f"{node.label} joins a flattened image with another row.")
        if len(known) == 2 and known[0].last != known[1].last:
            known = [reader.frame.as_file(value) for value in known]
        first = known[0]
        places = iter(known)
        operands = [
            next(places).tensor if value is not None else _operand(node, given, first, reader)
            for value, given in zip(values, node.inputs, strict=True)
        ]
        shape = np.broadcast_shapes(*(reader.frame.tensors[at].shape for at in operands))
        made = reader.frame.value(name, shape, reader.scale_of(node, name), last=first.last)
        done = reader.frame.op(kind, operands, made, activation=activation)
        reader.give(name, replace(done, order=first.order))

    return rule


def _operand(node: OnnxNode, name: str, beside: Lying, reader: QuantisedReader) -> int:
    """A constant operand, in the order in which the other one lies."""
    stored = reader.reals.weights.get(name)
    if stored is None or len(stored.scales) != 1 or beside.order is not None:
        raise Refused(f"{node.label} has an operand that is not quantised with one scale.")
    values = stored.values.reshape(
        (1,) * (len(beside.shape) - stored.values.ndim) + stored.values.shape
    )
    if beside.last and values.ndim > 2:
        values = np.moveaxis(values, 1, -1)
    return reader.frame.integers(
        f"{node.outputs[0]}/{name}", values, "int8", stored.scales, zero_point=stored.zero_points[0]
    )


def _function(kind: str, gives: Scale | None = None) -> Rule:
    def rule(node: OnnxNode, reader: QuantisedReader) -> None:
        value, name = reader.value(node.inputs[0]), node.outputs[0]
        scale = gives or reader.reals.scales.get(name, value.scale)
        made = reader.frame.value(name, value.shape, scale, last=value.last)
        alpha = node.attributes.get("alpha", 0.01)
        options = (
            {"alpha": float(alpha)} if isinstance(alpha, float) and kind == "LEAKY_RELU" else {}
        )
        done = replace(reader.frame.op(kind, (value.tensor,), made, **options), order=value.order)
        (reader.give_fixed if gives else reader.give)(name, done)

    return rule


def _clamp(node: OnnxNode, reader: QuantisedReader) -> None:
    if node.outputs[0] in reader.lying:
        return  # done by the operator before it
    clamps(node, reader.reals)
    _function("RELU" if CLAMPS[node.kind] == 1 else "RELU6")(node, reader)


def _softmax(node: OnnxNode, reader: QuantisedReader) -> None:
    value, name = reader.value(node.inputs[0]), node.outputs[0]
    if len(value.shape) > 2 and "axis" not in node.attributes:
        raise Refused(f"{node.label} does not say along which axis; older models meant another.")
    if value.order is not None or value.axis(number(node, "axis", -1)) != len(value.shape) - 1:
        raise Refused(f"{node.label} goes along another axis than the last, or the channels.")
    made = reader.frame.value(name, value.shape, SOFTMAX, last=value.last)
    reader.give_fixed(name, reader.frame.op("SOFTMAX", (value.tensor,), made, beta=1.0))


def _requantise(node: OnnxNode, reader: QuantisedReader) -> None:
    reader.give(node.outputs[0], reader.value(node.inputs[0]))


def _flatten(node: OnnxNode, reader: QuantisedReader) -> None:
    value = reader.value(node.inputs[0])
    if number(node, "axis", 1) != 1:
        raise Refused(f"{node.label} keeps more than the batch.")
    _as_row(node, value, reader)


def _as_row(node: OnnxNode, value: Lying, reader: QuantisedReader) -> None:
    """All elements in one row; only products that read it need to know their order."""
    name, count = node.outputs[0], prod(value.shape)
    readers = reader.reals.readers(name)
    dense = bool(readers) and all(r.kind in DENSE and r.inputs[0] == name for r in readers)
    if value.last and dense and name not in reader.reals.outputs:
        counted = np.arange(count).reshape(value.file_shape[1:])
        made = reader.frame.reshaped(value, (1, count))
        reader.give(name, replace(made, order=np.moveaxis(counted, 0, -1).reshape(-1)))
    else:
        made = reader.frame.as_file(value) if value.order is None else value
        reader.give(name, reader.frame.reshaped(made, (1, count)))


def _reshape(node: OnnxNode, reader: QuantisedReader) -> None:
    value = reader.value(node.inputs[0])
    shape = [int(n) for n in _numbers(node, 1, "shape", reader)]
    sizes = [value.file_shape[at] if n == 0 and at < len(value.shape) else n
             for at, n in enumerate(shape)]  # fmt: skip
    known = prod(n for n in sizes if n != -1)
    if known < 1 or sizes.count(-1) > 1 or min(sizes, default=0) < -1:
        raise Refused(f"{node.label} has a shape that cannot be.")
    sizes = [prod(value.shape) // known if n == -1 else n for n in sizes]
    _into(node, tuple(sizes), value, reader)


def _into(node: OnnxNode, shape: tuple[int, ...], value: Lying, reader: QuantisedReader) -> None:
    if prod(shape) != prod(value.shape) or len(shape) < 1:
        raise Refused(f"{node.label} turns {prod(value.shape)} numbers into {prod(shape)}.")
    if len(shape) == 2 and shape[0] == 1:
        _as_row(node, value, reader)
    else:
        made = reader.frame.reshaped(reader.frame.as_file(value), shape)
        reader.give(node.outputs[0], made)


def _squeeze(node: OnnxNode, reader: QuantisedReader) -> None:
    value = reader.value(node.inputs[0])
    file, rank = value.file_shape, len(value.shape)
    axes = {int(n) % rank for n in _numbers(node, 1, "axes", reader)}
    keep = tuple(n for at, n in enumerate(file) if at not in axes)
    if any(file[axis] != 1 for axis in axes) or 0 in axes:
        raise Refused(f"{node.label} takes away an axis that is not one.")
    _into(node, keep, value, reader)


def _unsqueeze(node: OnnxNode, reader: QuantisedReader) -> None:
    value = reader.value(node.inputs[0])
    given = [int(n) for n in _numbers(node, 1, "axes", reader)]
    rank = len(value.shape) + len(given)
    shape = list(value.file_shape)
    for axis in sorted(n % rank for n in given):
        shape.insert(axis, 1)
    _into(node, tuple(shape), value, reader)


def _transpose(node: OnnxNode, reader: QuantisedReader) -> None:
    value = reader.value(node.inputs[0])
    rank = len(value.shape)
    axes = node.attributes.get("perm", tuple(range(rank))[::-1])
    if not isinstance(axes, tuple) or sorted(axes) != list(range(rank)) or axes[0] != 0:
        raise Refused(f"{node.label} turns axes that are none, or the batch.")
    here = tuple(value.axis(int(axis)) for axis in axes)
    reader.give(node.outputs[0], reader.frame.turned(value, here))


def _mean(node: OnnxNode, reader: QuantisedReader) -> None:
    value, name, frame = reader.value(node.inputs[0]), node.outputs[0], reader.frame
    file = sorted(int(n) % len(value.shape) for n in _numbers(node, 1, "axes", reader))
    keep = bool(number(node, "keepdims", 1))
    if 0 in file or value.order is not None:
        raise Refused(f"{node.label} takes the mean over the batch, or over a flattened image.")
    left = [axis for axis in range(1, len(value.shape)) if axis not in file]
    if value.last and not keep and len(left) > 1:
        value = frame.as_file(value)
    axes = sorted(value.axis(axis) for axis in file)
    shape = [1 if at in axes else n for at, n in enumerate(value.shape) if keep or at not in axes]
    last = value.last and keep
    made = frame.value(name, tuple(shape), reader.scale_of(node, name), last=last)
    over = frame.integers(f"{name}/axes", np.asarray(axes), "int32")
    reader.give(name, frame.op("MEAN", (value.tensor, over), made, keep_dims=keep))


def _concat(node: OnnxNode, reader: QuantisedReader) -> None:
    values, name, frame = [reader.value(n) for n in node.inputs], node.outputs[0], reader.frame
    if len({value.last for value in values}) > 1 or any(v.order is not None for v in values):
        values = [frame.as_file(value) for value in values]
    scale = reader.scale_of(node, name)
    values = [frame.scaled(value, scale) for value in values]
    axis = values[0].axis(number(node, "axis", 1))
    if axis == 0 or len({v.shape[:axis] + v.shape[axis + 1 :] for v in values}) > 1:
        raise Refused(f"{node.label} joins values that do not fit.")
    first = values[0].shape
    shape = (*first[:axis], sum(v.shape[axis] for v in values), *first[axis + 1 :])
    made = frame.value(name, shape, scale, last=values[0].last)
    done = frame.op("CONCATENATION", [v.tensor for v in values], made, axis=axis, activation=0)
    reader.give(name, done)


def _pad(node: OnnxNode, reader: QuantisedReader) -> None:
    value, rank = reader.value(node.inputs[0]), len(reader.value(node.inputs[0]).shape)
    flat = [int(n) for n in _numbers(node, 1, "pads", reader)]
    filling = reader.reals.weights.get(node.inputs[2]) if len(node.inputs) > 2 else None
    plain = reader.reals.plain.get(node.inputs[2]) if len(node.inputs) > 2 else None
    zero = not np.any(filling.reals if filling else array(plain) if plain else 0)
    if len(flat) != 2 * rank or min(flat) < 0 or not zero or value.order is not None:
        raise Refused(f"{node.label} pads by other than zeros, or cuts.")
    if node.attributes.get("mode", "constant") != "constant":
        raise Refused(f"{node.label} pads by a mirror, which is not read.")
    pads = [(0, 0)] * rank
    for axis in range(rank):
        pads[value.axis(axis)] = (flat[axis], flat[axis + rank])
    reader.give(node.outputs[0], pad(value, pads, reader.frame))


def _numbers(node: OnnxNode, place: int, name: str, reader: QuantisedReader) -> tuple[int, ...]:
    """Integers that are an attribute in older models and a constant operand in newer ones."""
    found = node.attributes.get(name)
    if isinstance(found, tuple):
        return tuple(int(n) for n in found if isinstance(n, int))
    given = node.inputs[place] if len(node.inputs) > place else ""
    if given not in reader.reals.plain:
        raise Refused(f"{node.label} has {name} that are computed.")
    return tuple(int(n) for n in array(reader.reals.plain[given]).reshape(-1))


RULES: Final[Rules] = {
    "Add": _binary("ADD"),
    "Clip": _clamp,
    "Concat": _concat,
    "Flatten": _flatten,
    "Gemm": _dense,
    "HardSwish": _function("HARD_SWISH"),
    "LeakyRelu": _function("LEAKY_RELU"),
    "MatMul": _dense,
    "Mul": _binary("MUL"),
    "Pad": _pad,
    "ReduceMean": _mean,
    "Relu": _clamp,
    REQUANTISE: _requantise,
    "Reshape": _reshape,
    "Sigmoid": _function("LOGISTIC", SOFTMAX),
    "Softmax": _softmax,
    "Squeeze": _squeeze,
    "Sub": _binary("SUB"),
    "Tanh": _function("TANH", TANH),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
