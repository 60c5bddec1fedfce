"""The pairs of QuantizeLinear and DequantizeLinear of a model, taken off its operators.

Guarantees: every scale and zero point is the file's own; unsigned bytes are moved by 128, which
changes no real number. What is left are operators on reals, of which some values have a scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.sources.onnx.plain import array
from fleet.lib.errors import Refused
from registry.files.onnx.model import OnnxConstant, OnnxModel, OnnxNode, OnnxValue

Integers = NDArray[Any]
UNSIGNED: Final = 128  # what an unsigned byte's zero point is moved by
REQUANTISE: Final = "Requantise"  # a value that is quantised twice, with two scales
SIGNED: Final = frozenset({"int8", "int32"})


@dataclass(frozen=True)
class Scale:
    """real = scale * (q - zero_point), for int8."""

    scale: float
    zero_point: int


@dataclass(frozen=True)
class QuantisedConstant:
    """A constant of the file in its integers, with one scale or one for each slice of `axis`."""

    values: Integers
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int

    @property
    def reals(self) -> NDArray[np.float64]:
        """The numbers that it stands for."""
        zeros = _along(self.zero_points, self.values.ndim, self.axis)
        return np.asarray((self.values - zeros) * _along(self.scales, self.values.ndim, self.axis))


def _along(numbers: tuple[float, ...], rank: int, axis: int) -> NDArray[np.float64]:
    """One number, or one for each slice of an axis, in a shape that spreads over a tensor."""
    shape = [1] * rank
    if len(numbers) > 1:
        shape[axis] = len(numbers)
    return np.asarray(numbers, np.float64).reshape(shape)


@dataclass
class Reals:
    """A model on reals: its operators, the scale of each value, and the constants."""

    inputs: tuple[OnnxValue, ...]
    outputs: tuple[str, ...]
    nodes: list[OnnxNode] = field(default_factory=list)
    scales: dict[str, Scale] = field(default_factory=dict)
    weights: dict[str, QuantisedConstant] = field(default_factory=dict)
    plain: Mapping[str, OnnxConstant] = field(default_factory=dict)

    def readers(self, name: str) -> list[OnnxNode]:
        """The operators that read a value."""
        return [node for node in self.nodes if name in node.inputs]


def without_pairs(model: OnnxModel) -> Reals:
    """Take the pairs off. Raises Refused for types that no device here computes with."""
    found = Reals(model.inputs, (), plain=model.constants)
    same: dict[str, str] = {}  # a quantised value, or one that came back from there: the real one
    for node in model.nodes:
        inputs = tuple(same.get(name, name) for name in node.inputs)
        read = replace(node, inputs=inputs)
        if node.kind == "QuantizeLinear":
            same[node.outputs[0]] = _quantised(read, found)
        elif node.kind == "DequantizeLinear":
            same[node.outputs[0]] = _real(read, found)
        else:
            found.nodes.append(read)
    found.outputs = tuple(same.get(value.name, value.name) for value in model.outputs)
    return found


def _quantised(node: OnnxNode, found: Reals) -> str:
    """Give a value its scale; one that has another already is quantised anew."""
    name = node.inputs[0]
    if name in found.weights:
        return name
    if name in found.plain:
        found.weights[name] = _weights(node, array(found.plain[name]), found)
        return name
    scale = _scale(node, found)
    known = found.scales.setdefault(name, scale)
    if known == scale:
        return name
    again = f"{name}/{node.outputs[0]}"
    found.nodes.append(OnnxNode(REQUANTISE, (name,), (again,), name=node.name))
    found.scales[again] = scale
    return again


def _real(node: OnnxNode, found: Reals) -> str:
    name = node.inputs[0]
    if name in found.plain and name not in found.weights:
        values = array(found.plain[name])
        zeros = _zeros(node, found)
        found.weights[name] = _moved(values, _steps(node, found), zeros, _axis(node, values))
    elif name in found.plain:
        if _steps(node, found) != found.weights[name].scales:
            raise Refused(f"The constant {name[:64]} is read with two scales.")
    else:
        found.scales.setdefault(name, _scale(node, found))
    return name


def _weights(node: OnnxNode, values: Integers, found: Reals) -> QuantisedConstant:
    """A constant of reals that the file quantises: rounded as ONNX says, half to even."""
    zeros, steps, axis = _zeros(node, found), _steps(node, found), _axis(node, values)
    dtype = _dtype(node, found)
    if dtype not in {"int8", "uint8"}:
        raise Refused(f"{node.label} makes weights of type {dtype}; int8 and uint8 are read.")
    limits = np.iinfo(dtype)
    real = values / _along(steps, values.ndim, axis).astype(np.float32)
    rounded = np.rint(real) + _along(zeros, values.ndim, axis)
    return _moved(np.clip(rounded, limits.min, limits.max).astype(dtype), steps, zeros, axis)


def _moved(
    values: Integers, steps: tuple[float, ...], zeros: tuple[int, ...], axis: int
) -> QuantisedConstant:
    by = UNSIGNED if values.dtype == np.uint8 else 0
    if values.dtype.name not in {*SIGNED, "uint8"}:
        raise Refused(
            f"The model has weights of type {values.dtype.name}; int8 and uint8 are read."
        )
    integers = values.astype(np.int32) - by
    return QuantisedConstant(integers, steps, tuple(zero - by for zero in zeros), axis)


def _scale(node: OnnxNode, found: Reals) -> Scale:
    steps, zeros, dtype = _steps(node, found), _zeros(node, found), _dtype(node, found)
    if len(steps) != 1 or dtype not in {"int8", "uint8"}:
        raise Refused(
            f"{node.label} quantises a value to {dtype} with {len(steps)} scales; int8 or uint8 "
            "with one scale is read."
        )
    return Scale(steps[0], zeros[0] - (UNSIGNED if dtype == "uint8" else 0))


def _dtype(node: OnnxNode, found: Reals) -> str:
    """The type of the integers: that of the zero point, by default unsigned bytes."""
    zero = node.inputs[2] if len(node.inputs) > 2 else ""
    return found.plain[zero].dtype if zero in found.plain else "uint8"


def _zeros(node: OnnxNode, found: Reals) -> tuple[int, ...]:
    zero = node.inputs[2] if len(node.inputs) > 2 else ""
    if not zero:
        return (0,)
    return tuple(int(n) for n in _constant(node, zero, found).reshape(-1))


def _steps(node: OnnxNode, found: Reals) -> tuple[float, ...]:
    steps = tuple(float(n) for n in _constant(node, node.inputs[1], found).reshape(-1))
    if not steps or not all(np.isfinite(step) and step > 0 for step in steps):
        raise Refused(f"{node.label} has a scale that is not a positive number.")
    return steps


def _constant(node: OnnxNode, name: str, found: Reals) -> Integers:
    if name not in found.plain:
        raise Refused(
            f"{node.label} has a scale or zero point that is computed; they are constants."
        )
    return array(found.plain[name])


def _axis(node: OnnxNode, values: Integers) -> int:
    axis = node.attributes.get("axis", 1)
    return int(axis) % max(1, values.ndim) if isinstance(axis, int) else 0
