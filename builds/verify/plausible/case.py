"""One operator of a model file with the values that went in and came out, in real numbers.

real = scale * (stored - zero point), in double precision; integers stay integers, so sums of their
products are exact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from builds.compiler.graph import ABSENT, Graph, Op, Quantization, Tensor
from builds.compiler.graph.opcodes import ACTIVATIONS

Reals = NDArray[np.float64]
Stored = NDArray[np.generic]
_LIMITS = {"NONE": (-np.inf, np.inf), "RELU": (0.0, np.inf)} | {
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU6": (0.0, 6.0),
}


@dataclass(frozen=True)
class Expected:
    """What the real numbers say of one output.

    `values` are real, not a number where they say nothing. A kernel may be off, beside the rounding
    of its result, by `steps` of the output and by `slack` in real units. `stored_as` is a tensor
    whose scale the bytes really have; `note` is a sentence on what no interpreter does better.
    """

    values: Reals
    steps: float | Reals = 0.0
    slack: float | Reals = 0.0
    stored_as: Tensor | None = None
    note: str = ""


@dataclass(frozen=True)
class Case:
    """An operator and the stored values of its tensors after it ran."""

    op: Op
    graph: Graph
    stored: Mapping[int, Stored]
    before: Mapping[int, Stored] = field(default_factory=dict)  # of variables, before the run

    def has(self, position: int) -> bool:
        """Tell whether this input is given."""
        return position < len(self.op.inputs) and self.op.inputs[position] != ABSENT

    def tensor(self, position: int = 0) -> Tensor:
        """Give an input's description."""
        return self.graph.tensor(self.op.inputs[position])

    def target(self, position: int = 0) -> Tensor:
        """Give an output's description."""
        return self.graph.tensor(self.op.outputs[position])

    def raw(self, position: int = 0) -> Stored:
        """Give an input as it is stored, in its shape."""
        tensor = self.tensor(position)
        return np.asarray(self.stored[tensor.index]).reshape(tensor.shape)

    def made(self, position: int = 0) -> Stored:
        """Give an output as it is stored, in its shape."""
        tensor = self.target(position)
        return np.asarray(self.stored[tensor.index]).reshape(tensor.shape)

    def centred(self, position: int = 0) -> Reals:
        """Give an input without its zero point: integers, where it is quantised."""
        return centred(self.tensor(position), self.raw(position))

    def scale(self, position: int = 0) -> float:
        """Give an input's scale as a whole, 1 of what is not quantised."""
        return self.tensor(position).scale or 1.0

    def real(self, position: int = 0) -> Reals:
        """Give an input in real numbers."""
        return real(self.tensor(position), self.raw(position))

    def moved(self, position: int = 0) -> Reals:
        """Give an input to be copied; what has no scale is in the output's."""
        return real(self.tensor(position), self.raw(position), self.target().quantization)

    def integers(self, position: int) -> list[int]:
        """Give an input's numbers as a list: axes, sizes, indices."""
        return [int(v) for v in self.raw(position).reshape(-1)]

    def option(self, name: str) -> int:
        """Give an integer option, 0 where the operator has none of that name."""
        return int(self.op.options.get(name, 0))

    def clipped(self, values: Reals) -> Reals:
        """Apply the fused activation."""
        low, high = _LIMITS[ACTIVATIONS.get(self.option("activation"), "NONE")]
        return np.clip(values, low, high)


Evaluate = Callable[[Case], tuple[Expected, ...] | None]


def real(tensor: Tensor, stored: Stored, otherwise: Quantization | None = None) -> Reals:
    """Give stored values in real numbers."""
    quantization = tensor.quantization or otherwise
    if quantization is None or tensor.dtype in ("float32", "bool"):
        return np.asarray(stored, np.float64)
    zeros = _along(tensor, quantization, quantization.zero_points)
    return (np.asarray(stored, np.float64) - zeros) * _along(
        tensor, quantization, quantization.scales
    )


def centred(tensor: Tensor, stored: Stored) -> Reals:
    """Give stored values without their zero point."""
    values = np.asarray(stored, np.float64)
    if tensor.quantization is None or tensor.dtype == "float32":
        return values
    return values - _along(tensor, tensor.quantization, tensor.quantization.zero_points)


def _along(tensor: Tensor, quantization: Quantization, values: tuple[float, ...]) -> Reals:
    if len(values) == 1:
        return np.asarray(values[0], np.float64)
    shape = [1] * len(tensor.shape)
    shape[quantization.axis] = len(values)
    return np.asarray(values, np.float64).reshape(shape)
