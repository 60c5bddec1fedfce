"""TRANSPOSE_CONV: its inputs are the output's shape, filters, the input, perhaps a bias."""

import numpy as np

from builds.compiler import limits
from builds.compiler.arithmetic.multiplier import activation_range, channel_multipliers
from builds.compiler.errors import Unsupported
from builds.compiler.graph import Op
from builds.compiler.kernels.filters import filters, wide
from builds.compiler.kernels.filters.filters import Bank
from builds.compiler.kernels.filters.transpose_phase import Axis, lower_phases
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Flavour, Step, constant
from builds.compiler.kernels.lowering.trained import trained, trained_all

FILTER, SOURCE, BIAS = 1, 2, 3


def lower_transpose_conv(op: Op, context: Context) -> Step:
    """Turn a transposed convolution into a step."""
    source = context.input(op, SOURCE)
    if source.dtype == "int16":
        return _lower_wide(op, context)
    name, bank = naming.step_name(op, context.graph), _bank(op, context)
    axes = _axes(op, context)
    if all(axis.taps >= axis.stride for axis in axes):
        return lower_phases(op, context, (FILTER, SOURCE, BIAS), axes)
    sizes = map(str, _sizes(op, context))
    text = ", ".join([*sizes, trained(source.zero_point), f"{name}_weights"])
    finish = filters.output_members(bank, name, Flavour.PORTABLE)
    return Step(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_transpose_conv({name}_conv, $in0, $out0);",),
        runtime=("requantize", "transpose_conv"),
        arrays=(
            constant(f"{name}_weights", "int8_t", bank.weights.reshape(-1)),
            *filters.output_arrays(bank, name, Flavour.PORTABLE),
        ),
        globals=(f"constexpr EfTransposeConv {name}_conv = {{{text}, {finish}}};",),
    )


def _lower_wide(op: Op, context: Context) -> Step:
    source, weights = context.input(op, SOURCE), context.input(op, FILTER)
    name = naming.step_name(op, context.graph)
    matrix = weights.array().astype(np.int64).reshape(weights.shape[0], -1)
    bias = wide.wide_bias(op, context.graph.operand(op, BIAS), len(matrix))
    wide.sum_type(op, matrix, bias, apart=context.apart)
    multipliers = wide.within_limits(op, channel_multipliers(source, weights, context.output(op)))
    arrays = wide.wide_arrays(name, matrix, bias, multipliers)
    members = [*_sizes(op, context), *(a.name for a in arrays), int(len(multipliers) > 1)]
    clamp = trained_all(activation_range(op, context.output(op)))
    text = ", ".join([*map(str, members), *clamp])
    return Step(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_transpose_conv16({name}_conv, $in0, $out0);",),
        runtime=("scale_wide", "transpose_conv16"),
        arrays=arrays,
        globals=(f"constexpr EfTransposeConv16 {name}_conv = {{{text}}};",),
    )


def _sizes(op: Op, context: Context) -> list[int]:
    source, weights = context.input(op, SOURCE), context.input(op, FILTER)
    target = context.output(op)
    (_, in_h, in_w, in_c), (out_c, k_h, k_w, _) = source.shape, weights.shape
    batches, out_h, out_w, _ = target.shape
    strides = (op.option("stride_h"), op.option("stride_w"))
    same = op.option("padding") == 0
    pads = [
        padding(size, taps, stride, same=same)
        for size, taps, stride in zip((out_h, out_w), (k_h, k_w), strides, strict=True)
    ]
    return [batches, in_h, in_w, in_c, out_h, out_w, out_c, k_h, k_w, *strides, *pads]


def _axes(op: Op, context: Context) -> list[Axis]:
    _, in_h, in_w, _, out_h, out_w, _, k_h, k_w, by_h, by_w, pad_h, pad_w = _sizes(op, context)
    return [Axis(in_h, out_h, k_h, by_h, pad_h), Axis(in_w, out_w, k_w, by_w, pad_w)]


def padding(size: int, taps: int, stride: int, *, same: bool) -> int:
    """Elements of the output that lie before the first whole filter."""
    steps = -(-size // stride) if same else (size + stride - taps) // stride
    return max(0, ((steps - 1) * stride + taps - size) // 2)


def _bank(op: Op, context: Context) -> Bank:
    source, weights = context.input(op, SOURCE), context.input(op, FILTER)
    target = context.output(op)
    given = context.graph.operand(op, BIAS)
    matrix = weights.array().astype(np.int64).reshape(weights.shape[0], -1)
    bias = np.zeros(weights.shape[0], np.int64)
    if given is not None:
        bias = given.array().astype(np.int64).reshape(-1)
    multipliers = channel_multipliers(source, weights, target)
    bank = Bank(matrix, bias, multipliers, target.zero_point, *activation_range(op, target))
    # Unlike a convolution's, these sums keep the input's zero point: twice the reach.
    if int((np.abs(bias) + 2 * bank.reach).max(initial=0)) > limits.ACCUMULATOR:
        raise Unsupported(f"{op.label} can overflow its 32-bit sums; its bias is too large.")
    return bank
