"""The compiler's picture of a model. Frozen.

A pass returns a new graph and never changes the old one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np
import numpy.typing as npt

from builds.compiler.graph.opcodes import ITEM_BYTES

_NAME = 64  # characters of a name in a message
ABSENT = -1  # index of an optional input that is not given
CONSTANT = "CONSTANT"  # the kind of an operator that only passes make: it gives its input's bytes


@dataclass(frozen=True)
class Quantization:
    """real = scale * (q - zero_point), per tensor (one entry) or per slice along `axis`."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int


@dataclass(frozen=True)
class Tensor:
    """A value of the graph: an input, a constant (`data` is set) or the output of an operator."""

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    quantization: Quantization | None = None
    data: bytes | None = field(default=None, repr=False)
    variable: bool = False
    initial: bytes | None = field(default=None, repr=False)  # of a variable

    @property
    def elements(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes in memory."""
        return self.elements * ITEM_BYTES[self.dtype]

    @property
    def scales(self) -> tuple[float, ...]:
        """Scales of a quantized tensor, none when it is not quantized."""
        return self.quantization.scales if self.quantization else ()

    @property
    def scale(self) -> float:
        """Scale of a tensor that is quantized as a whole; 0 when it is not quantized."""
        return self.quantization.scales[0] if self.quantization else 0.0

    @property
    def zero_point(self) -> int:
        """Zero point of a tensor that is quantized as a whole; 0 when it is not quantized."""
        return self.quantization.zero_points[0] if self.quantization else 0

    def array(self) -> npt.NDArray[np.generic]:
        """Give the constant as an array in the tensor's shape."""
        if self.data is None:
            raise ValueError(f"{self.name} is not constant")
        little = np.dtype(self.dtype).newbyteorder("<")
        return np.frombuffer(self.data, dtype=little).reshape(self.shape)


@dataclass(frozen=True)
class Op:
    """One operator: `inputs` and `outputs` are tensor indices, ABSENT for an optional input."""

    index: int
    kind: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, int | float | bool]
    resource: str = ""  # the variable that a VAR_HANDLE names
    functions: tuple[str, ...] = ()  # of real numbers, that a QUANTIZE stands for

    def option(self, name: str) -> int:
        """Read an integer option."""
        return int(self.options[name])

    @property
    def label(self) -> str:
        """How messages name this operator."""
        return f"{self.kind} (operator {self.index})"


@dataclass(frozen=True)
class Graph:
    """A model's main subgraph, in execution order."""

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    aliases: Mapping[int, int] = field(default_factory=dict)
    tails: Mapping[int, str] = field(default_factory=dict)  # output -> operators left to the caller

    def tensor(self, index: int) -> Tensor:
        """Give the tensor with this index."""
        return self.tensors[index]

    def operand(self, op: Op, position: int) -> Tensor | None:
        """Give an operator's input, or None when it is absent."""
        if position >= len(op.inputs) or op.inputs[position] == ABSENT:
            return None
        return self.tensors[op.inputs[position]]

    def storage(self, index: int) -> int:
        """Give the index of the tensor whose memory this one shares, itself when none."""
        while index in self.aliases:
            index = self.aliases[index]
        return index

    def consumers(self, index: int) -> tuple[Op, ...]:
        """Give the operators that read the tensor."""
        return tuple(op for op in self.ops if index in op.inputs)

    def with_ops(self, ops: tuple[Op, ...]) -> "Graph":
        """Give the same graph with other operators."""
        return replace(self, ops=ops)


def short(name: str) -> str:
    """Give a name as messages show it; a converter may join many with semicolons."""
    first = name.split(";", maxsplit=1)[0] or name
    return first if len(first) <= _NAME else f"...{first[3 - _NAME :]}"
