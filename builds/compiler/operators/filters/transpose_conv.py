"""TRANSPOSE_CONV: its inputs are the output's shape, filters, the input, perhaps a bias."""

from typing import Final

import numpy as np

from builds.compiler import limits
from builds.compiler.arithmetic.multiplier import activation_range, channel_multipliers
from builds.compiler.errors import Unsupported
from builds.compiler.graph import ABSENT, Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import activation_is_known, result
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned, learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, constant
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.filters.conv_2d import CONVOLUTION_HEADERS
from builds.compiler.operators.filters.int16 import layers
from builds.compiler.operators.filters.phases import PhaseAxis, lower_phases
from builds.compiler.operators.filters.real.transposed import (
    TRANSPOSED_HEADERS,
    lower_transposed_real,
)
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank
from builds.compiler.operators.opdef import OpDef

FILTER, SOURCE, BIAS = 1, 2, 3


def has_shape_filters_and_input(op: Op, graph: Graph) -> bool:
    """There must be an output shape, filters and an input, perhaps a bias, and one output."""
    return len(op.inputs) in (3, 4) and len(op.outputs) == 1 and ABSENT not in op.inputs[:3]


def image_is_integer(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output: images of int8, or int16 with zero point 0, one scale."""
    tensors = (graph.tensor(op.inputs[SOURCE]), result(op, graph))
    known = all(
        t.dtype == tensors[0].dtype
        and (t.dtype == "int8" or (t.dtype == "int16" and t.zero_point == 0))
        and len(t.shape) == 4
        and t.quantization is not None
        and len(t.quantization.scales) == 1
        for t in tensors
    )
    return known and tensors[0].data is None


def filters_are_constant_int8(op: Op, graph: Graph) -> bool:
    """Filters must be constant int8, zero point 0, with one scale or one for each output."""
    weights = graph.tensor(op.inputs[FILTER])
    quantization = weights.quantization
    if weights.data is None or weights.dtype != "int8" or quantization is None:
        return False
    if len(weights.shape) != 4 or any(quantization.zero_points):
        return False
    count = len(quantization.scales)
    return count == 1 or (quantization.axis == 0 and count == weights.shape[0])


def image_is_real(op: Op, graph: Graph) -> bool:
    """In float32: input (an activation) and output are images, all operands are float32."""
    used = (FILTER, SOURCE, BIAS) if len(op.inputs) > BIAS else (FILTER, SOURCE)
    given = [op.inputs[at] for at in used if op.inputs[at] != ABSENT]
    typed = all(graph.tensor(i).dtype == "float32" for i in (*given, *op.outputs))
    source = graph.tensor(op.inputs[SOURCE])
    return typed and source.data is None and len(source.shape) == len(result(op, graph).shape) == 4


def filters_are_constant_real(op: Op, graph: Graph) -> bool:
    """In float32: filters must be constant and of four dimensions, a bias constant as well."""
    weights, bias = graph.tensor(op.inputs[FILTER]), graph.operand(op, BIAS)
    fits = bias is None or (bias.data is not None and bias.elements == result(op, graph).shape[3])
    return weights.data is not None and len(weights.shape) == 4 and fits


def transposed_shapes_fit(op: Op, graph: Graph) -> bool:
    """Batches must agree, and filters must be output channels x height x width x input channels."""
    source, target = graph.tensor(op.inputs[SOURCE]).shape, result(op, graph).shape
    weights = graph.tensor(op.inputs[FILTER]).shape
    fits = (source[0], weights[3], weights[0]) == (target[0], source[3], target[3])
    return fits and min(op.option("stride_h"), op.option("stride_w")) >= 1


def transposed_bias_is_int32(op: Op, graph: Graph) -> bool:
    """The bias: constant int32, or int64 for int16, with one value for each output channel."""
    bias = graph.operand(op, BIAS)
    if bias is None:
        return True
    channels = result(op, graph).shape[3]
    wanted = "int64" if result(op, graph).dtype == "int16" else "int32"
    return bias.data is not None and bias.dtype == wanted and bias.elements == channels


def lower_transpose_conv(op: Op, context: Context) -> LoweredOp:
    """Lower a transposed convolution."""
    source = context.input(op, SOURCE)
    if source.dtype == "int16":
        return _lower_wide(op, context)
    name, bank = naming.function_name(op, context.graph), _bank(op, context)
    axes = _axes(op, context)
    if all(axis.taps >= axis.stride for axis in axes):
        return lower_phases(op, context, (FILTER, SOURCE, BIAS), axes)
    sizes = map(str, _sizes(op, context))
    text = ", ".join([*sizes, learned(source.zero_point), f"{name}_weights"])
    finish = banks.output_members(bank, name, Flavour.PORTABLE)
    return LoweredOp(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_transpose_conv({name}_conv, $in0, $out0);",),
        runtime=("requantize", "transpose_conv"),
        arrays=(
            constant(f"{name}_weights", "int8_t", bank.weights.reshape(-1)),
            *banks.output_arrays(bank, name, Flavour.PORTABLE),
        ),
        globals=(f"constexpr EfTransposeConv {name}_conv = {{{text}, {finish}}};",),
    )


def _lower_wide(op: Op, context: Context) -> LoweredOp:
    source, weights = context.input(op, SOURCE), context.input(op, FILTER)
    name = naming.function_name(op, context.graph)
    matrix = weights.array().astype(np.int64).reshape(weights.shape[0], -1)
    bias = layers.bias16(op, context.graph.operand(op, BIAS), len(matrix))
    layers.sum_type(op, matrix, bias, apart=context.apart)
    multipliers = layers.within_limits(op, channel_multipliers(source, weights, context.output(op)))
    arrays = layers.arrays16(name, matrix, bias, multipliers)
    members = [*_sizes(op, context), *(a.name for a in arrays), int(len(multipliers) > 1)]
    clamp = learned_all(activation_range(op, context.output(op)))
    text = ", ".join([*map(str, members), *clamp])
    return LoweredOp(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_transpose_conv16({name}_conv, $in0, $out0);",),
        runtime=("scale16", "transpose_conv16"),
        arrays=arrays,
        globals=(f"constexpr EfTransposeConv16 {name}_conv = {{{text}}};",),
    )


def _lower_real(op: Op, context: Context) -> LoweredOp:
    return lower_transposed_real(op, context, _sizes(op, context))


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


def _axes(op: Op, context: Context) -> list[PhaseAxis]:
    _, in_h, in_w, _, out_h, out_w, _, k_h, k_w, by_h, by_w, pad_h, pad_w = _sizes(op, context)
    return [PhaseAxis(in_h, out_h, k_h, by_h, pad_h), PhaseAxis(in_w, out_w, k_w, by_w, pad_w)]


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


def _macs(op: Op, graph: Graph) -> int:
    weights, source = graph.tensor(op.inputs[FILTER]), graph.tensor(op.inputs[SOURCE])
    return source.elements * weights.elements // weights.shape[3]


OPDEFS: Final = (
    OpDef(
        "TRANSPOSE_CONV",
        constraints=(
            has_shape_filters_and_input,
            image_is_integer,
            filters_are_constant_int8,
            transposed_shapes_fit,
            transposed_bias_is_int32,
            activation_is_known,
        ),
        lower=lower_transpose_conv,
        headers=(
            *("transpose_conv", "phase", "transpose_conv16", "scale16"),
            *CONVOLUTION_HEADERS,
            *TRANSPOSED_HEADERS,
        ),
        options=(
            49,
            (
                ("padding", 0, "i8", 0),
                ("stride_w", 1, "i32", 0),
                ("stride_h", 2, "i32", 0),
                ("activation", 3, "i8", 0),
            ),
        ),
        macs=_macs,
        real=RealForm(
            (
                has_shape_filters_and_input,
                image_is_real,
                filters_are_constant_real,
                transposed_shapes_fit,
                activation_is_known,
            ),
            _lower_real,
        ),
    ),
)
