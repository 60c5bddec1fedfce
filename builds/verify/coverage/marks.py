"""What a vector reaches in each operator: the ends of its range, zero, both signs, ties, values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builds.compiler.arithmetic.multiplier import RANGES, clamp_range
from builds.compiler.graph import Graph, Op, Tensor, short
from builds.verify.plausible import Judgement, Looked, Place, judged_ops

TIE = 1 / 64  # of a step: how near to the middle between two values a result counts as a tie
BOXES = 256  # of values that are told apart; of wider types, values share one
MARKS = ("low", "high", "zero", "negative", "positive", "tie_negative", "tie_positive")
_ACTIVATIONS = {"RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}
Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class ModelOutput:
    """One quantised output of one operator, and what can be reached in it."""

    place: Place
    op: Op
    tensor: Tensor
    low: int
    high: int

    @property
    def possible(self) -> Bits:
        """Which marks there are: one sign has none where a clamp leaves it out."""
        zero = self.tensor.zero_point
        below, above = self.low < zero, self.high > zero
        return np.array([True, True, self.low <= zero <= self.high, below, above, below, above])

    @property
    def values(self) -> int:
        """How many boxes of values lie between the ends."""
        return box(self.tensor, self.high) - box(self.tensor, self.low) + 1

    @property
    def name(self) -> str:
        """How the report names it."""
        return short(self.tensor.name)


def box(tensor: Tensor, value: int) -> int:
    """Tell which box a value is in."""
    whole = value - RANGES[tensor.dtype][0]
    return whole >> _spare_bits(tensor)


def _spare_bits(tensor: Tensor) -> int:
    """Give how many low bits of a value do not tell its box."""
    return 8 * (np.dtype(tensor.dtype).itemsize - 1)


def outputs_of(looked: Looked) -> list[ModelOutput]:
    """Give every quantised output, in the order of the model."""
    return [
        found
        for number, graph in enumerate(looked.graphs)
        for op in judged_ops(graph)
        for position in range(len(op.outputs))
        if (found := _output(number, graph, op, position))
    ]


def _output(number: int, graph: Graph, op: Op, position: int) -> ModelOutput | None:
    tensor = graph.tensor(op.outputs[position])
    if tensor.quantization is None or tensor.dtype not in RANGES:
        return None
    activation = _ACTIVATIONS.get(op.kind, int(op.options.get("activation", 0)))
    low, high = clamp_range(activation, tensor)
    return ModelOutput((number, op.index, position), op, tensor, low, high)


def reached(
    output: ModelOutput, looked: Looked, vector: int, judgement: Judgement
) -> tuple[Bits, Bits]:
    """Give the marks and the boxes that a vector reaches in an output."""
    stored = looked.held[vector][output.place[0], output.tensor.index].astype(np.int64)
    zero = output.tensor.zero_point
    marks = [
        (stored <= output.low).any(),
        (stored >= output.high).any(),
        (stored == zero).any(),
        (stored < zero).any(),
        (stored > zero).any(),
    ]
    exact = judgement.exact[vector] if vector < len(judgement.exact) else {}
    boxes = np.zeros(BOXES, bool)
    whole = stored - RANGES[output.tensor.dtype][0]
    boxes[np.unique(whole >> _spare_bits(output.tensor))] = True
    return np.array([*marks, *_ties(output, exact)]), boxes


def _ties(output: ModelOutput, exact: Mapping[Place, NDArray[np.float64]]) -> tuple[bool, bool]:
    """Tell whether a result lies near the middle between two values, below zero and above."""
    values = exact.get(output.place)
    if values is None:
        return False, False
    inside = values[(values > output.low) & (values < output.high)]
    ties = inside[np.abs(inside - np.floor(inside) - 0.5) <= TIE]
    zero = output.tensor.zero_point
    return bool((ties < zero).any()), bool((ties > zero).any())
