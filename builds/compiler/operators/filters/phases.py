"""TRANSPOSE_CONV as convolutions, one for each phase.

Outputs whose places leave the same remainder by the stride are reached by the same taps: together
they are a convolution with a stride of one, whose pixels lie apart.
"""

from dataclasses import dataclass

import numpy as np

from builds.compiler.arithmetic.multiplier import activation_range, channel_multipliers
from builds.compiler.graph import Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Array, Context, Integers, LoweredOp
from builds.compiler.operators.common.window import SlidingWindow, each_batch
from builds.compiler.operators.filters import conv_2d
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank
from builds.compiler.operators.filters.weights.bias_rounding import with_lighter_biases


@dataclass(frozen=True)
class PhaseAxis:
    """One axis of a transposed convolution, in elements."""

    size_in: int
    size_out: int
    taps: int
    stride: int
    padding: int

    def phases(self) -> "list[AxisPhase]":
        """Give the phases that have outputs; each has taps when no stride is beyond the taps."""
        found = [self._phase(remainder) for remainder in range(self.stride)]
        return [phase for phase in found if phase.count > 0]

    def _phase(self, remainder: int) -> "AxisPhase":
        taps = tuple(range(remainder, self.taps, self.stride))[::-1]
        whole = -(-(self.padding - remainder) // self.stride)  # of the first output that there is
        first = whole * self.stride + remainder - self.padding
        count = max(0, -(-(self.size_out - first) // self.stride))
        return AxisPhase(taps, first, count, len(taps) - 1 - whole)


@dataclass(frozen=True)
class AxisPhase:
    """Of one axis: the filter's taps from the first input on, and the outputs that they reach."""

    taps: tuple[int, ...]
    first: int  # output
    count: int
    padding: int  # inputs that the first output's window begins before the first one


@dataclass(frozen=True)
class _Part:
    """The convolution of two axes' phases."""

    window: SlidingWindow
    bank: Bank
    places: tuple[int, int, int]  # of the outputs, in pixels: first, to the right, down


def lower_phases(
    op: Op, context: Context, operands: tuple[int, int, int], axes: list[PhaseAxis]
) -> LoweredOp:
    """Lower a transposed convolution whose strides are within its taps.

    `operands` are the positions of filter, input and bias.
    """
    source, parts = context.input(op, operands[1]), _parts(op, context, operands, axes)
    flavour = context.flavour
    if any(conv_2d.flavour_for(part.bank, 1, flavour) is not flavour for part in parts):
        flavour = Flavour.PORTABLE
    printed = [_print(op, context, flavour, source, n, part) for n, part in enumerate(parts)]
    return LoweredOp(
        op,
        naming.function_name(op, context.graph),
        (source.index,),
        op.outputs,
        body=tuple(line for one in printed for line in one.body),
        runtime=conv_2d.runtime_of(flavour, {one.fill for one in printed}, "phase"),
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
    name = f"{naming.function_name(op, context.graph)}_phase{number}"
    window, filters_ = part.window, part.bank.filters
    fill, column = _fill(window, flavour), conv_2d.column_of(part.bank.weights.shape[1], flavour)
    arrays, finish = conv_2d.constants_of(part.bank, flavour, 1, name)
    members = [window.members(), 1, window.in_c, filters_, column, learned(source.zero_point)]
    places = ", ".join(str(pixels * filters_) for pixels in part.places)
    text = ", ".join(map(str, [*members, f"{name}_weights", finish]))
    call = f"{flavour}::ef_transpose_phase<{flavour}::{fill}>({name}, "
    call += f"$in0{{}}, $out0{{}}, ef_at<{flavour}::EfCell>($scratch));"
    return _Printed(
        fill,
        f"constexpr {flavour}::EfPhase {name} = {{{{{text}}}, {places}}};",
        each_batch(call, source, context.output(op)),
        arrays,
        conv_2d.scratch_of(column, fill, flavour, window),
    )


def _fill(window: SlidingWindow, flavour: Flavour) -> str:
    """Choose how columns are filled; a single tap may begin behind the first input."""
    first = (window.pad_h, window.pad_w) == (0, 0)
    fill = conv_2d.fill_of(window, 1, flavour)
    return "ef_any" if fill == "ef_point" and not first else fill


def _parts(
    op: Op, context: Context, operands: tuple[int, int, int], axes: list[PhaseAxis]
) -> list[_Part]:
    source, weights = context.input(op, operands[1]), context.input(op, operands[0])
    values = weights.array().astype(np.int64)
    _, height, width_in, channels = source.shape
    parts = []
    for rows in axes[0].phases():
        for columns in axes[1].phases():
            matrix = values[:, rows.taps][:, :, columns.taps].reshape(len(values), -1)
            window = SlidingWindow(
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
    bank = banks.make_bank(
        op,
        matrix,
        None if given is None else given.array().astype(np.int64).reshape(-1),
        channel_multipliers(*tensors, target),
        (tensors[0].zero_point, target.zero_point),
        activation_range(op, target),
        apart=context.apart,
    )
    return with_lighter_biases(bank) if context.apart else bank
