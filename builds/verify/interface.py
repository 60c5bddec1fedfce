"""A model's inputs and outputs as bytes: what the golden vectors and every engine agree on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ITEM_BYTES = {
    "bool": 1,
    "int8": 1,
    "uint8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float32": 4,
}


@dataclass(frozen=True)
class TensorSlot:
    """One input or output tensor."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int

    @property
    def elements(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self.elements * ITEM_BYTES[self.dtype]


@dataclass(frozen=True)
class Interface:
    """All inputs and outputs, in the order of the model file."""

    inputs: tuple[TensorSlot, ...]
    outputs: tuple[TensorSlot, ...]

    @property
    def input_bytes(self) -> list[int]:
        """Sizes of the inputs."""
        return [slot.nbytes for slot in self.inputs]

    @property
    def output_bytes(self) -> list[int]:
        """Sizes of the outputs."""
        return [slot.nbytes for slot in self.outputs]


def interface_of(graph: Any) -> Interface:
    """Read it from a graph: anything whose `inputs` and `outputs` describe tensors."""
    return Interface(_slots(graph.inputs), _slots(graph.outputs))


def _slots(tensors: Sequence[Any]) -> tuple[TensorSlot, ...]:
    return tuple(
        TensorSlot(
            name=str(tensor.name),
            dtype=str(tensor.dtype),
            shape=tuple(int(size) for size in tensor.shape),
            scale=float(_first(tensor.scale, 0.0)),
            zero_point=int(_first(tensor.zero_point, 0)),
        )
        for tensor in tensors
    )


def _first(value: Any, missing: float) -> Any:
    """Per-tensor parameters may come as a number, a sequence of one, or not at all."""
    if isinstance(value, Sequence):
        return value[0] if value else missing
    return missing if value is None else value
