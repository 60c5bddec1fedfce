"""What an operator becomes.

Constants for flash, a call for the program, and what the memory plan must know.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from builds.compiler.errors import Unsupported
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.flavour import Flavour, flavour_of
from builds.targets.spec import Target

Integers = npt.NDArray[np.int64]
_NUMPY: dict[str, np.dtype[np.generic]] = {
    "int8_t": np.dtype("<i1"),
    "int16_t": np.dtype("<i2"),
    "uint8_t": np.dtype("u1"),
    "uint16_t": np.dtype("<u2"),
    "int32_t": np.dtype("<i4"),
    "uint32_t": np.dtype("<u4"),
    "int64_t": np.dtype("<i8"),
    "float": np.dtype("<f4"),
}


@dataclass(frozen=True)
class Array:
    """One constant array in flash."""

    name: str
    ctype: str
    values: npt.NDArray[np.generic] = field(repr=False)
    fixed: bool = False  # the same whatever the model has learned

    @property
    def size_bytes(self) -> int:
        """Bytes in flash."""
        return self.values.nbytes


@dataclass(frozen=True)
class Reuse:
    """How far an output may lie over an input that dies at this step.

    Safe when the output starts at or below `input + forward` and pixels are taken in order, or at
    or above `input + backward` and they are taken in reverse; None where that order cannot run.
    Where pixels are taken once for each group of channels, the distance must be a `multiple` of a
    pixel's bytes, so that each group only meets its own.
    """

    source: int
    target: int
    forward: int | None
    backward: int | None = None
    multiple: int = 1


@dataclass(frozen=True)
class LoweredOp:
    """One operator, ready to be placed in memory and printed.

    `body` is C++ with $in0, $out0 ..., $scratch and $backward for what the memory plan decides.
    """

    op: Op
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    body: tuple[str, ...]
    runtime: tuple[str, ...]
    arrays: tuple[Array, ...] = ()
    globals: tuple[str, ...] = ()
    scratch_bytes: int = 0
    reuse: tuple[Reuse, ...] = ()
    unproved: bool = False  # these weights and scales keep it from the target's own loop


@dataclass(frozen=True)
class Operands:
    """An operator's inputs and outputs as tensors."""

    graph: Graph

    def input(self, op: Op, position: int = 0) -> Tensor:
        """Give an operand that must be there."""
        tensor = self.graph.operand(op, position)
        if tensor is None:
            raise Unsupported(f"{op.label} has no input {position}.")
        return tensor

    def output(self, op: Op, position: int = 0) -> Tensor:
        """Give one of the operator's results."""
        return self.graph.tensor(op.outputs[position])


@dataclass(frozen=True)
class Context(Operands):
    """What an operator needs to know to be lowered."""

    target: Target
    apart: bool = False  # no choice may depend on what the model has learned

    @property
    def flavour(self) -> Flavour:
        """The family of inner loops."""
        return flavour_of(self.target)


Lower = Callable[[Op, Context], LoweredOp]


def constant(name: str, ctype: str, values: Sequence[int] | npt.NDArray[np.generic]) -> Array:
    """Make an array of the C type `ctype`."""
    return Array(name, ctype, np.asarray(values).astype(_NUMPY[ctype]))


def fixed(name: str, ctype: str, values: Sequence[int] | npt.NDArray[np.generic]) -> Array:
    """Make an array that does not depend on what the model has learned."""
    return replace(constant(name, ctype, values), fixed=True)


def in_place(op: Op, source: Tensor, target: Tensor, graph: Graph) -> tuple[Reuse, ...]:
    """Reuse of an operator that reads element i before it writes element i and never looks back."""
    if source.data is not None or source.elements != target.elements:
        return ()
    size_in = source.size_bytes // max(source.elements, 1)
    size_out = target.size_bytes // max(target.elements, 1)
    ahead = max(0, size_out - size_in) * (source.elements - 1)
    return (Reuse(graph.storage(source.index), graph.storage(target.index), -ahead),)
