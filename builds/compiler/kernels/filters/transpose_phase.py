"""TRANSPOSE_CONV as convolutions, one for each phase.

Outputs whose places leave the same remainder by the stride are reached by the same taps: together
they are a convolution with a stride of one, whose pixels lie apart.
"""

from dataclasses import dataclass

import numpy as np

from builds.compiler.arithmetic.multiplier import activation_range, channel_multipliers
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.filters import conv, filters
from builds.compiler.kernels.filters.filters import Bank
from builds.compiler.kernels.filters.lighten import lightened
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Array, Context, Flavour, Integers, Step
from builds.compiler.kernels.lowering.trained import trained
from builds.compiler.kernels.lowering.window import Window, each_batch


@dataclass(frozen=True)
class Axis:
    """One axis of a transposed convolution, in elements."""

    size_in: int
    size_out: int
    taps: int
    stride: int
    padding: int

    def phases(self) -> "list[Phase]":
        """Give the phases that have outputs; each has taps when no stride is beyond the taps."""
        found = [self._phase(remainder) for remainder in range(self.stride)]
        return [phase for phase in found if phase.count > 0]

    def _phase(self, remainder: int) -> "Phase":
        taps = tuple(range(remainder, self.taps, self.stride))[::-1]
        whole = -(-(self.padding - remainder) // self.stride)  # of the first output that there is
        first = whole * self.stride + remainder - self.padding
        count = max(0, -(-(self.size_out - first) // self.stride))
        return Phase(taps, first, count, len(taps) - 1 - whole)


@dataclass(frozen=True)
class Phase:
    """Of one axis: the filter's taps from the first input on, and the outputs that they reach."""

    taps: tuple[int, ...]
    first: int  # output
    count: int
    padding: int  # inputs that the first output's window begins before the first one


@dataclass(frozen=True)
class _Part:
    """The convolution of two axes' phases."""

    window: Window
    bank: Bank
    places: tuple[int, int, int]  # of the outputs, in pixels: first, to the right, down


def lower_phases(
    op: Op, context: Context, operands: tuple[int, int, int], axes: list[Axis]
) -> Step:
    """Turn a transposed convolution whose strides are within its taps into a step.

    `operands` are the positions of filter, input and bias.
    """
    source, parts = context.input(op, operands[1]), _parts(op, context, operands, axes)
    flavour = context.flavour
    if any(conv.flavour_for(part.bank, 1, flavour) is not flavour for part in parts):
        flavour = Flavour.PORTABLE
    printed = [_print(op, context, flavour, source, n, part) for n, part in enumerate(parts)]
    return Step(
        op,
        naming.step_name(op, context.graph),
        (source.index,),
        op.outputs,
        body=tuple(line for one in printed for line in one.body),
        runtime=conv.runtime_of(flavour, {one.fill for one in printed}, "transpose_phase"),
        arrays=tuple(array for one in printed for array in one.arrays),
        globals=tuple(one.text for one in printed),
        scratch_bytes=max(one.scratch_bytes for one in printed),
        unproved=flavour is not context.flavour,
    )


@dataclass(frozen=True)
class _Printed:
    """The C++ of one part."""

    fill: str
    text: str
    body: tuple[str, ...]
    arrays: tuple[Array, ...]
    scratch_bytes: int


def _print(
    op: Op, context: Context, flavour: Flavour, source: Tensor, number: int, part: _Part
) -> _Printed:
    name = f"{naming.step_name(op, context.graph)}_phase{number}"
    window, filters_ = part.window, part.bank.filters
    fill, column = _fill(window, flavour), conv.column_of(part.bank.weights.shape[1], flavour)
    arrays, finish = conv.constants_of(part.bank, flavour, 1, name)
    members = [window.members(), 1, window.in_c, filters_, column, trained(source.zero_point)]
    places = ", ".join(str(pixels * filters_) for pixels in part.places)
    text = ", ".join(map(str, [*members, f"{name}_weights", finish]))
    call = f"{flavour}::ef_transpose_phase<{flavour}::{fill}>({name}, "
    call += f"$in0{{}}, $out0{{}}, ef_at<{flavour}::EfCell>($scratch));"
    return _Printed(
        fill,
        f"constexpr {flavour}::EfPhase {name} = {{{{{text}}}, {places}}};",
        each_batch(call, source, context.output(op)),
        arrays,
        conv.scratch_of(column, fill, flavour, window),
    )


def _fill(window: Window, flavour: Flavour) -> str:
    """Choose how columns are filled; a single tap may begin behind the first input."""
    first = (window.pad_h, window.pad_w) == (0, 0)
    fill = conv.fill_of(window, 1, flavour)
    return "ef_any" if fill == "ef_point" and not first else fill


def _parts(
    op: Op, context: Context, operands: tuple[int, int, int], axes: list[Axis]
) -> list[_Part]:
    source, weights = context.input(op, operands[1]), context.input(op, operands[0])
    values = weights.array().astype(np.int64)
    _, height, width_in, channels = source.shape
    parts = []
    for rows in axes[0].phases():
        for columns in axes[1].phases():
            matrix = values[:, rows.taps][:, :, columns.taps].reshape(len(values), -1)
            window = Window(
                height, width_in, channels, rows.count, columns.count,
                len(rows.taps), len(columns.taps), 1, 1, 1, 1, rows.padding, columns.padding,
            )  # fmt: skip
            width = axes[1].size_out
            places = (rows.first * width + columns.first, axes[1].stride, axes[0].stride * width)
            bank = _bank(op, context, (source, weights), operands[2], matrix)
            parts.append(_Part(window, bank, places))
    return parts


def _bank(
    op: Op, context: Context, tensors: tuple[Tensor, Tensor], bias: int, matrix: Integers
) -> Bank:
    target, given = context.output(op), context.graph.operand(op, bias)
    bank = filters.make_bank(
        op,
        matrix,
        None if given is None else given.array().astype(np.int64).reshape(-1),
        channel_multipliers(*tensors, target),
        (tensors[0].zero_point, target.zero_point),
        activation_range(op, target),
        apart=context.apart,
    )
    return lightened(bank) if context.apart else bank
