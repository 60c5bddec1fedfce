"""Reads the operators of a quantised model one by one into the compiler's graph."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from builds.sources.onnx.plain import array
from builds.sources.onnx.quantised.frame import GrowingGraph, Lying
from builds.sources.onnx.quantised.scales import QuantisedConstant, Reals, Scale
from fleet.lib.errors import Refused
from registry.files.onnx.model import OnnxNode

CLAMPS: Final = {"Relu": 1, "Clip": 3}  # the numbers of the compiler's activations
SIX: Final = 6.0
FUSED: Final = frozenset({"Add", "Conv", "Gemm", "MatMul", "Mul", "Sub"})


class QuantisedReader:
    """One model on its way: its operators, where its values lie, and the graph so far."""

    def __init__(self, reals: Reals) -> None:
        self.reals = reals
        self.frame = GrowingGraph()
        self.lying: dict[str, Lying] = {}

    def value(self, name: str) -> Lying:
        """Where a value lies. Raises Refused for what is not an int8 value."""
        if name not in self.lying:
            raise Refused(f"The value {name[:64]} is not quantised.")
        return self.lying[name]

    def weights(self, node: OnnxNode, place: int) -> QuantisedConstant:
        """A quantised constant of an operator, symmetric. Raises Refused."""
        found = self.reals.weights.get(node.inputs[place])
        if found is None:
            raise Refused(f"{node.label} has weights that are computed or not quantised.")
        if any(found.zero_points):
            raise Refused(
                f"{node.label} has weights with a zero point; quantise them symmetrically."
            )
        if found.values.min(initial=0) < -128 or found.values.max(initial=0) > 127:
            raise Refused(f"{node.label} has weights that are not int8.")
        return found

    def bias(self, node: OnnxNode, scales: list[float], count: int) -> int:
        """The bias in units of the products: the file's integers where its scales are these."""
        name = node.inputs[2] if len(node.inputs) > 2 else ""
        stored = self.reals.weights.get(name)
        plain = self.reals.plain.get(name)
        if stored is not None:
            real = stored.reals
        elif plain is not None:
            real = array(plain).astype(np.float64)
        elif name:
            raise Refused(f"{node.label} has a bias that is computed.")
        else:
            real = np.zeros(count)
        if real.size != count:
            raise Refused(f"{node.label} has a bias of {real.size} numbers for {count} outputs.")
        steps = np.asarray(scales, np.float64)
        integers = np.rint(real.reshape(-1) / steps)
        if np.abs(integers).max(initial=0) >= 2**31:
            raise Refused(f"{node.label} has a bias that does not fit 32 bits.")
        return self.frame.integers(f"{node.outputs[0]}/bias", integers, "int32", scales)

    def scale_of(self, node: OnnxNode, name: str) -> Scale:
        """The scale of what an operator gives. Raises Refused where the file has none."""
        if name not in self.reals.scales:
            raise Refused(
                f"{node.label} gives a value that the file does not quantise; quantise the whole "
                "model, its last layers too."
            )
        return self.reals.scales[name]

    def clamped(self, node: OnnxNode) -> tuple[str, int]:
        """The value that an operator gives at last, and its activation: a Relu or Clip that alone
        reads it is done by the operator itself.
        """
        name = node.outputs[0]
        readers = self.reals.readers(name)
        alone = len(readers) == 1 and name not in self.reals.outputs
        if node.kind in FUSED and name not in self.reals.scales and alone:
            (reader,) = readers
            if reader.kind in CLAMPS and clamps(reader, self.reals):
                return reader.outputs[0], CLAMPS[reader.kind]
        return name, 0

    def give(self, name: str, made: Lying) -> None:
        """Keep what an operator made, in the file's scale where that has another."""
        self.lying[name] = self.frame.scaled(made, self.reals.scales.get(name, made.scale))

    def give_fixed(self, name: str, made: Lying) -> None:
        """Keep what a kernel with a scale of its own made. An answer stays in that scale: another
        one could tell no more, and devices read confidences in it.
        """
        if name in self.reals.outputs:
            self.lying[name] = made
        else:
            self.give(name, made)


def clamps(node: OnnxNode, reals: Reals) -> bool:
    """Whether a Relu or Clip is one of the compiler's activations. Raises Refused for others."""
    if node.kind == "Relu":
        return True
    low, high = (_limit(node, place, name, reals) for place, name in ((1, "min"), (2, "max")))
    if low == 0.0 and high == SIX:
        return True
    raise Refused(f"{node.label} clips to {low} and {high}; 0 and 6 are read.")


def _limit(node: OnnxNode, place: int, name: str, reals: Reals) -> float | None:
    found: Any = node.attributes.get(name)
    if len(node.inputs) > place and node.inputs[place]:
        given = node.inputs[place]
        if given in reals.weights:
            found = float(reals.weights[given].reals.reshape(-1)[0])
        elif given in reals.plain:
            found = float(array(reals.plain[given]).reshape(-1)[0])
    return None if found is None else float(found)


def numbers(node: OnnxNode, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """A list of integers among an operator's attributes."""
    found = node.attributes.get(name, default)
    fits = isinstance(found, tuple) and all(isinstance(n, int) for n in found)
    if not fits or not isinstance(found, tuple) or len(found) != len(default):
        raise Refused(f"{node.label} has a {name} of another length than {len(default)}.")
    return tuple(int(n) for n in found)


def number(node: OnnxNode, name: str, default: int) -> int:
    """An integer among an operator's attributes."""
    found = node.attributes.get(name, default)
    if not isinstance(found, int):
        raise Refused(f"{node.label} has a {name} that is not an integer.")
    return found


Rule = Callable[[OnnxNode, QuantisedReader], None]
Rules = Mapping[str, Rule]
