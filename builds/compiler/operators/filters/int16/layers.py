"""Layers with 16-bit activations and 8-bit weights: convolutions, depthwise ones, dense ones.

A dense layer is a convolution of one tap. Convolutions with groups, and depthwise ones with several
filters a channel, go one output after the other.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from builds.compiler import limits
from builds.compiler.arithmetic.multiplier import (
    Multiplier,
    activation_range,
    channel_multipliers,
    tensor_multiplier,
)
from builds.compiler.errors import Unsupported
from builds.compiler.graph import Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import (
    Array,
    Context,
    Integers,
    LoweredOp,
    Reuse,
    constant,
)
from builds.compiler.operators.common.window import (
    SlidingWindow,
    each_batch,
    window_of,
    window_reuse,
)
from builds.compiler.operators.filters.weights import banks

ITEM = 2  # bytes of an activation
_REACH = 1 << 15  # largest magnitude of an activation
_SHIFT_LIMIT = 8  # TFLM's own, for products of 64 bits
_HIGHEST = 0x7FFF0000  # multipliers from here on round to more than 15 bits
_TAPS = 508  # of a window whose sum in 32 bits no input can overflow, its bias apart
_NARROW_SHIFT = 17  # from here on the bits that a product of 32 and 16 drops do not count
_WORD = 4  # elements that one turn of the loop on Armv7E-M takes
_SHARED = {Flavour.DSP: ("words", "dsp"), Flavour.MVE: ("words", "requantize", "mve")}
_FINISH = ("scale16", "finish16")
_LOOP = {Flavour.DSP: "int16_dsp", Flavour.MVE: "int16_mve"}


def lower_conv16(op: Op, context: Context) -> LoweredOp:
    """Lower a convolution."""
    source, weights = context.input(op), context.input(op, 1)
    matrix = weights.array().astype(np.int64).reshape(weights.shape[0], -1)
    window = window_of(op, source, context.output(op), (weights.shape[1], weights.shape[2]))
    if source.shape[3] != weights.shape[3]:
        return _lower_groups(op, context, matrix, window, source.shape[3] // weights.shape[3])
    return _lower_columns(op, context, matrix, window)


def lower_depthwise16(op: Op, context: Context) -> LoweredOp:
    """Lower a depthwise convolution; several filters a channel make groups."""
    source, weights = context.input(op), context.input(op, 1)
    taps = weights.array().astype(np.int64).reshape(-1, weights.shape[3])
    window = window_of(op, source, context.output(op), (weights.shape[1], weights.shape[2]))
    if taps.shape[1] != source.shape[3] or taps.shape[0] > _TAPS:
        return _lower_groups(op, context, taps.T, window, source.shape[3])
    flavour = Flavour.DSP if context.flavour is Flavour.DSP else Flavour.PORTABLE
    files = (f"int16_taps_{flavour}", "depthwise16")
    runtime = naming.scoped(files, flavour, ("window", *_FINISH, *_SHARED.get(flavour, ())))
    layer = _Layer(op, context, taps.T, window, f"{flavour}::EfWideDepthwise")
    rows = constant("weights", "int8_t", taps.reshape(-1))
    step = layer.step([], rows, f"{flavour}::ef_wide_depthwise", "", runtime)
    return replace(step, reuse=_reuse(context, op, window, taps.shape[1]))


def lower_dense16(op: Op, context: Context) -> LoweredOp:
    """Turn a dense layer into a convolution of one tap over its rows."""
    matrix = context.input(op, 1).array().astype(np.int64)
    rows = context.input(op).elements // matrix.shape[1]
    window = SlidingWindow(rows, 1, matrix.shape[1], rows, 1, 1, 1, 1, 1, 1, 1, 0, 0)
    return _lower_columns(op, context, matrix, window)


def _lower_columns(op: Op, context: Context, matrix: Integers, window: SlidingWindow) -> LoweredOp:
    """Multiply the window under each pixel with four filters at a time."""
    flavour = context.flavour if context.flavour in _LOOP else Flavour.PORTABLE
    size = matrix.shape[1]
    column = size + (-size % _WORD if flavour is Flavour.DSP else 0)
    direct = (window.k_h, window.k_w) == (1, 1) and window.inside and column == size
    files = (_LOOP.get(flavour, "int16_portable"), "columns16")
    shared = ("window", *_FINISH, *_SHARED.get(flavour, ("words",)))
    layer = _Layer(op, context, matrix, window, f"{flavour}::EfWideColumns")
    step = layer.step(
        [len(matrix), column],
        _block4(matrix, flavour),
        f"{flavour}::ef_wide",
        ", nullptr" if direct else ", ef_at<int16_t>($scratch)",
        naming.scoped(files, flavour, shared),
    )
    return replace(
        step,
        scratch_bytes=0 if direct else column * ITEM,
        reuse=_reuse(context, op, window, len(matrix), reads_first=not direct),
    )


def _block4(matrix: Integers, flavour: Flavour) -> Array:
    """Lay filters out for the loops over four; rows of zeros make the last four whole."""
    whole = np.pad(matrix, ((0, -len(matrix) % 4), (0, 0)))
    if flavour is not Flavour.DSP:
        rows = flavour is Flavour.MVE
        return constant("weights", "int8_t", whole.reshape(-1) if rows else banks.block4(whole))
    parts = banks.padded_columns(whole, _WORD).reshape(len(whole) // 4, 4, -1, _WORD)
    lanes = parts[..., [0, 2, 1, 3]].transpose(0, 2, 1, 3) & 0xFF
    words = (lanes << np.arange(0, 32, 8)).sum(axis=-1)
    return constant("weights", "uint32_t", words.reshape(-1))


def _lower_groups(
    op: Op, context: Context, matrix: Integers, window: SlidingWindow, groups: int
) -> LoweredOp:
    """Work out one output after the other."""
    sizes = [groups, window.in_c // groups, len(matrix) // groups]
    layer = _Layer(op, context, matrix, window, "EfWide")
    runtime = ("window", *_FINISH, "groups16")
    rows = constant("weights", "int8_t", matrix.reshape(-1))
    step = layer.step(sizes, rows, "ef_wide", "", runtime)
    return replace(step, reuse=_reuse(context, op, window, len(matrix)))


@dataclass(frozen=True)
class _Finish:
    """An output stage: its type, its initializer and its constants."""

    kind: str
    text: str
    arrays: tuple[Array, ...]


@dataclass(frozen=True)
class _Layer:
    """What every loop needs: a row of weights for each output channel, a window, a struct."""

    op: Op
    context: Context
    matrix: Integers
    window: SlidingWindow
    struct: str

    def step(
        self,
        sizes: list[int],
        weights: Array,
        kernel: str,
        more: str,
        runtime: tuple[str, ...],
    ) -> LoweredOp:
        """Make the step: `sizes` come after the window, `weights` as the loop wants them."""
        op, context, name = self.op, self.context, naming.function_name(self.op, self.context.graph)
        source, target = context.input(op), context.output(op)
        bias = bias16(op, context.graph.operand(op, 2), len(self.matrix))
        multipliers = _multipliers(op, context)
        own = replace(weights, name=f"{name}_weights")
        finish = self._finish(name, bias, multipliers)
        members = [self.window.members(), *map(str, sizes), own.name, finish.text]
        members += learned_all(activation_range(op, target))
        call = f"{kernel}({name}_wide, $in0{{}}, $out0{{}}{more}, $backward);"
        dense = op.kind == "FULLY_CONNECTED"
        return LoweredOp(
            op,
            name,
            (source.index,),
            (target.index,),
            body=(call.format("", ""),) if dense else each_batch(call, source, target),
            runtime=runtime,
            arrays=(own, *finish.arrays),
            globals=(
                f"constexpr {self.struct}<{finish.kind}> {name}_wide = {{{', '.join(members)}}};",
            ),
        )

    def _finish(self, name: str, bias: Integers, multipliers: tuple[Multiplier, ...]) -> _Finish:
        """Choose the output stage; weights apart always get the one for any sum."""
        total = sum_type(self.op, self.matrix, bias, apart=self.context.apart)
        arrays = arrays16(name, self.matrix, bias, multipliers)[1:]
        by, right = (a.values.astype(np.int64) for a in arrays[1:])
        if total == "int32_t" and bool((right >= _NARROW_SHIFT).all()):
            words = by | (right - _NARROW_SHIFT) << 16
            arrays = (arrays[0], constant(f"{name}_scale", "int32_t", words))
            total = ""
        names = ", ".join([*(a.name for a in arrays), str(int(len(multipliers) > 1))])
        kind = f"EfWideBroad<{total}>" if total else "EfWideNarrow"
        return _Finish(kind, f"{{{names}}}", arrays)


def bias16(op: Op, bias: Tensor | None, filters: int) -> Integers:
    """Give the biases, which must fit 32 bits."""
    if bias is None:
        return np.zeros(filters, np.int64)
    values: Integers = bias.array().astype(np.int64).reshape(-1)
    if any(abs(int(v)) > limits.ACCUMULATOR for v in values):
        raise Unsupported(f"{op.label} has a bias of more than 32 bits; its scales are too small.")
    return values


def sum_type(op: Op, matrix: Integers, bias: Integers, *, apart: bool) -> str:
    """Choose 32 bits where no input can overflow them, else 64; weights apart always get 64."""
    largest = int((np.abs(bias) + np.abs(matrix).sum(axis=1) * _REACH).max(initial=0))
    if largest >= 1 << 47:
        raise Unsupported(f"{op.label} can overflow TFLM's 48-bit sums; it has too many weights.")
    return "int32_t" if largest <= limits.ACCUMULATOR and not apart else "int64_t"


def _multipliers(op: Op, context: Context) -> tuple[Multiplier, ...]:
    operands = context.input(op), context.input(op, 1), context.output(op)
    if op.kind == "FULLY_CONNECTED" and len(operands[1].scales) == 1:
        found: tuple[Multiplier, ...] = (tensor_multiplier(*operands),)
    else:
        found = channel_multipliers(*operands)
    return within_limits(op, found)


def within_limits(op: Op, found: tuple[Multiplier, ...]) -> tuple[Multiplier, ...]:
    """Refuse multipliers that are too large for sums of 64 bits."""
    if any(m.shift >= _SHIFT_LIMIT for m in found):
        raise Unsupported(f"{op.label} has scales whose ratio is 256 or more; requantise it.")
    return found


def arrays16(
    name: str, matrix: Integers, bias: Integers, multipliers: tuple[Multiplier, ...]
) -> tuple[Array, ...]:
    """Give weights, biases, multipliers of 15 bits, and right shifts."""
    halves = [(m.value + (1 << 15)) >> 16 if m.value < _HIGHEST else 0x7FFF for m in multipliers]
    return (
        constant(f"{name}_weights", "int8_t", matrix.reshape(-1)),
        constant(f"{name}_bias", "int32_t", bias),
        constant(f"{name}_multiplier", "int16_t", halves),
        constant(f"{name}_shift", "int8_t", [15 - m.shift for m in multipliers]),
    )


def _reuse(
    context: Context, op: Op, window: SlidingWindow, channels: int, *, reads_first: bool = False
) -> tuple[Reuse, ...]:
    graph = context.graph
    if op.kind != "FULLY_CONNECTED" and context.input(op).shape[0] != 1:
        return ()
    places = (graph.storage(op.inputs[0]), graph.storage(op.outputs[0]))
    found = window_reuse(window, *places, channels, block=1, reads_first=reads_first)
    return tuple(in_bytes(reuse, ITEM, backward=True) for reuse in found)


def in_bytes(reuse: Reuse, item: int, *, backward: bool = False) -> Reuse:
    """Turn a reuse in elements into bytes; kernels that cannot go `backward` keep to the order."""
    ways = (reuse.forward, reuse.backward if backward else None)
    forward, reverse = (None if way is None else way * item for way in ways)
    return replace(reuse, forward=forward, backward=reverse)


INT16_HEADERS: Final = ("scale16", "finish16", "window", "requantize")
