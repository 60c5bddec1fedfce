"""Layers with 16-bit activations and 8-bit weights: convolutions, depthwise ones, dense ones.

One kernel serves all three: a dense layer is a convolution of one tap, a depthwise one has groups.
"""

from dataclasses import replace

import numpy as np

from builds.compiler import limits
from builds.compiler.errors import Unsupported
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels import naming
from builds.compiler.kernels.step import Array, Context, Integers, Reuse, Step, constant
from builds.compiler.kernels.trained import trained_all
from builds.compiler.kernels.window import Window, window_of, window_reuse
from builds.compiler.quant import (
    Multiplier,
    activation_range,
    channel_multipliers,
    tensor_multiplier,
)

ITEM = 2  # bytes of an activation
_REACH = 1 << 15  # largest magnitude of an activation
_SHIFT_LIMIT = 8  # TFLM's own, for products of 64 bits
_HIGHEST = 0x7FFF0000  # multipliers from here on round to more than 15 bits


def lower_wide_conv(op: Op, context: Context) -> Step:
    """Turn a convolution into a step."""
    source, weights = context.input(op), context.input(op, 1)
    matrix = weights.array().astype(np.int64).reshape(weights.shape[0], -1)
    window = window_of(op, source, context.output(op), (weights.shape[1], weights.shape[2]))
    return _lower(op, context, matrix, window, source.shape[3] // weights.shape[3])


def lower_wide_depthwise(op: Op, context: Context) -> Step:
    """Turn a depthwise convolution into one with a group for each channel."""
    source, weights = context.input(op), context.input(op, 1)
    matrix = weights.array().astype(np.int64).reshape(-1, weights.shape[3]).T
    window = window_of(op, source, context.output(op), (weights.shape[1], weights.shape[2]))
    return _lower(op, context, matrix, window, source.shape[3])


def lower_wide_dense(op: Op, context: Context) -> Step:
    """Turn a dense layer into a convolution of one tap over its rows."""
    matrix = context.input(op, 1).array().astype(np.int64)
    rows = context.input(op).elements // matrix.shape[1]
    window = Window(rows, 1, matrix.shape[1], rows, 1, 1, 1, 1, 1, 1, 1, 0, 0)
    return _lower(op, context, matrix, window, 1)


def _lower(op: Op, context: Context, matrix: Integers, window: Window, groups: int) -> Step:
    name = naming.step_name(op, context.graph)
    source, target = context.input(op), context.output(op)
    bias = wide_bias(op, context.graph.operand(op, 2), len(matrix))
    multipliers = _multipliers(op, context)
    arrays = wide_arrays(name, matrix, bias, multipliers)
    step = 1 if len(multipliers) > 1 else 0
    members = [window.members(), groups, window.in_c // groups, len(matrix) // groups]
    members += [a.name for a in arrays] + [step, *trained_all(activation_range(op, target))]
    total = sum_type(op, matrix, bias, apart=context.apart)
    text = f"constexpr EfWide<{total}> {name}_wide = {{{', '.join(map(str, members))}}};"
    batches = source.shape[0] if window.k_h * window.k_w > 1 or len(source.shape) == 4 else 1
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=_call(name, op, batches, window, len(matrix)),
        runtime=("window", "scale_wide", "wide"),
        arrays=arrays,
        globals=(text,),
        reuse=_reuse(context, op, window, len(matrix)) if batches == 1 else (),
    )


def _call(name: str, op: Op, batches: int, window: Window, filters: int) -> tuple[str, ...]:
    if op.kind == "FULLY_CONNECTED" or batches == 1:
        return (f"ef_wide({name}_wide, $in0, $out0);",)
    ins = window.in_h * window.in_w * window.in_c
    outs = window.out_h * window.out_w * filters
    call = f"  ef_wide({name}_wide, $in0 + n * {ins}, $out0 + n * {outs});"
    return (f"for (int32_t n = 0; n < {batches}; ++n) {{", call, "}")


def wide_bias(op: Op, bias: Tensor | None, filters: int) -> Integers:
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


def wide_arrays(
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


def _reuse(context: Context, op: Op, window: Window, channels: int) -> tuple[Reuse, ...]:
    graph = context.graph
    places = (graph.storage(op.inputs[0]), graph.storage(op.outputs[0]))
    found = window_reuse(window, *places, channels, block=1, reads_first=False)
    return tuple(in_bytes(reuse, ITEM) for reuse in found)


def in_bytes(reuse: Reuse, item: int) -> Reuse:
    """Turn a reuse in elements, for output taken in order, into bytes."""
    forward = None if reuse.forward is None else reuse.forward * item
    return replace(reuse, forward=forward, backward=None)
