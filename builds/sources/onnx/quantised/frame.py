"""A graph of the compiler that grows: tensors, operators, and where each value of the model lies.

Images lie channel-last, as kernels read them; a value knows whether it does, and a flattened image
knows the order in which the file counts its elements.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.compiler import Graph, Op, Quantization, Tensor
from builds.sources.onnx.quantised.scales import Scale
from fleet.lib.errors import Refused

Order = NDArray[np.int64]
ELEMENTS_MAX: Final = 1 << 24  # of one value


@dataclass(frozen=True)
class Lying:
    """Where a value lies: its tensor, the shape there, and how the file's shape differs."""

    tensor: int
    shape: tuple[int, ...]
    scale: Scale
    last: bool = False  # the channels, second in the file, are at the end
    order: Order | None = None  # of a flattened image: the file's index of each element here

    @property
    def file_shape(self) -> tuple[int, ...]:
        """The shape as the file has it."""
        return (self.shape[0], self.shape[-1], *self.shape[1:-1]) if self.last else self.shape

    def axis(self, axis: int) -> int:
        """An axis of the file's shape, as it is here. Raises Refused."""
        rank = len(self.shape)
        if not -rank <= axis < rank:
            raise Refused(f"An operator names the axis {axis} of a value with {rank}.")
        axis %= rank
        if not self.last or axis == 0:
            return axis
        return rank - 1 if axis == 1 else axis - 1


class GrowingGraph:
    """Tensors and operators so far."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []

    def value(
        self, name: str, shape: tuple[int, ...], scale: Scale, *, last: bool = False
    ) -> Lying:
        """Add an int8 activation. Raises Refused for one that no device holds."""
        if not shape or min(shape) < 1 or prod(shape) > ELEMENTS_MAX:
            raise Refused(f"The value {name[:64]} has no shape that a device holds: {shape}.")
        found = Quantization((scale.scale,), (scale.zero_point,), 0)
        return Lying(self._add(name, "int8", shape, found, None), shape, scale, last)

    def integers(
        self,
        name: str,
        values: NDArray[Any],
        dtype: str,
        scales: Sequence[float] = (),
        *,
        axis: int = 0,
        zero_point: int = 0,
    ) -> int:
        """Add a constant; give its tensor."""
        quantization = None
        if scales:
            quantization = Quantization(tuple(scales), (zero_point,) * len(scales), axis)
        data = np.ascontiguousarray(values, np.dtype(dtype).newbyteorder("<")).tobytes()
        return self._add(name, dtype, values.shape, quantization, data)

    def _add(
        self,
        name: str,
        dtype: str,
        shape: tuple[int, ...],
        quantization: Quantization | None,
        data: bytes | None,
    ) -> int:
        index = len(self.tensors)
        self.tensors.append(Tensor(index, name[:64], dtype, shape, quantization, data))
        return index

    def op(
        self, kind: str, inputs: Sequence[int], output: Lying, **options: int | float | bool
    ) -> Lying:
        """Add an operator; give its output."""
        made = Op(len(self.ops), kind, 1, tuple(inputs), (output.tensor,), options)
        self.ops.append(made)
        return output

    def reshaped(self, value: Lying, shape: tuple[int, ...], *, last: bool = False) -> Lying:
        """The same bytes in another shape."""
        if value.shape == shape:
            return replace(value, last=last)
        if prod(shape) != prod(value.shape):
            raise Refused(f"A value of shape {value.shape} cannot become {shape}.")
        made = self.value(f"shape{len(self.ops)}", shape, value.scale, last=last)
        sizes = self.integers(f"sizes{len(self.ops)}", np.asarray(shape), "int32")
        return self.op("RESHAPE", (value.tensor, sizes), made)

    def turned(self, value: Lying, axes: Sequence[int], *, last: bool = False) -> Lying:
        """The value with its axes in another order; a free reshape where no element moves."""
        shape = tuple(value.shape[axis] for axis in axes)
        moving = [axis for axis in axes if value.shape[axis] > 1]
        if moving == sorted(moving):
            return self.reshaped(value, shape, last=last)
        made = self.value(f"turn{len(self.ops)}", shape, value.scale, last=last)
        order = self.integers(f"axes{len(self.ops)}", np.asarray(axes), "int32")
        return self.op("TRANSPOSE", (value.tensor, order), made)

    def as_file(self, value: Lying) -> Lying:
        """The value in the file's own order."""
        if value.order is not None:
            raise Refused("A flattened image goes into more than fully connected layers.")
        rank = len(value.shape)
        return self.turned(value, (0, rank - 1, *range(1, rank - 1))) if value.last else value

    def as_image(self, value: Lying) -> Lying:
        """The value with its channels at the end."""
        rank = len(value.shape)
        if value.last or rank < 3:
            return value
        return self.turned(value, (0, *range(2, rank), 1), last=True)

    def scaled(self, value: Lying, scale: Scale) -> Lying:
        """The value with another scale."""
        if value.scale == scale:
            return value
        made = self.value(f"scale{len(self.ops)}", value.shape, scale, last=value.last)
        return replace(self.op("QUANTIZE", (value.tensor,), made), order=value.order)

    def graph(self, inputs: Sequence[Lying], outputs: Sequence[Lying]) -> Graph:
        """What has grown."""
        ends = [tuple(self.tensors[value.tensor] for value in side) for side in (inputs, outputs)]
        return Graph(tuple(self.tensors), tuple(self.ops), ends[0], ends[1])
