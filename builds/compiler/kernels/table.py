"""Functions of one int8: 256 answers worked out at compile time, with TFLM's fixed-point steps.

LOGISTIC, TANH, HARD_SWISH, LEAKY_RELU, ABS.
"""

import math
from collections.abc import Callable

import numpy as np

from builds.compiler import fixedpoint as fx
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels import naming
from builds.compiler.kernels.step import Context, Step, constant, in_place
from builds.compiler.quant import Multiplier, quantize_multiplier, ratio_float32, scale_exactly

_INT8 = (-128, 127)
_FRACTION = 27  # of the inputs of LOGISTIC and TANH, Q4.27
Function = Callable[[Op, Tensor, Tensor], list[int]]


def lower_table(op: Op, context: Context) -> Step:
    """Turn a function of one element into a step."""
    source, target = context.input(op), context.output(op)
    name = naming.step_name(op, context.graph)
    values = FUNCTIONS[op.kind](op, source, target)
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_table({name}_table, $in0, $out0, {source.elements});",),
        runtime=("table",),
        arrays=(constant(f"{name}_table", "int8_t", values),),
        reuse=in_place(op, source, target, context.graph),
    )


def _inputs(source: Tensor) -> list[int]:
    return [q - source.zero_point for q in range(-128, 128)]


def _scaled_q4(source: Tensor) -> tuple[Multiplier, int]:
    """Give the way to Q4.27, and the first input for which the function has reached its limit."""
    fraction, shift = math.frexp(source.scale * (1 << _FRACTION))
    radius = math.floor(15.0 * (1 << _FRACTION) / 2.0**shift)
    return Multiplier(math.floor(fraction * 2.0**31 + 0.5), shift), radius


def _sigmoid_like(
    source: Tensor, function: Callable[[int], int], right: int, offset: int
) -> list[int]:
    by, radius = _scaled_q4(source)
    values = []
    for x in _inputs(source):
        if abs(x) >= radius:
            values.append(_INT8[x > 0])
        else:
            value = fx.divide_round(function(scale_exactly(x, by)), right) + offset
            values.append(fx.saturate(value, _INT8))
    return values


def _logistic(op: Op, source: Tensor, target: Tensor) -> list[int]:
    return _sigmoid_like(source, fx.logistic, 23, -128)


def _tanh(op: Op, source: Tensor, target: Tensor) -> list[int]:
    return _sigmoid_like(source, fx.tanh, 24, 0)


def _leaky_relu(op: Op, source: Tensor, target: Tensor) -> list[int]:
    slope = np.float32(source.scale) * np.float32(op.options["alpha"]) / np.float32(target.scale)
    below = quantize_multiplier(float(slope))
    above = quantize_multiplier(ratio_float32(source.scale, target.scale))
    scaled = [scale_exactly(x, above if x >= 0 else below) for x in _inputs(source)]
    return [fx.saturate(v + target.zero_point, _INT8) for v in scaled]


def _abs(op: Op, source: Tensor, target: Tensor) -> list[int]:
    by = quantize_multiplier(ratio_float32(source.scale, target.scale))
    same = source.scale == target.scale
    scaled = [abs(x) if same else scale_exactly(abs(x), by) for x in _inputs(source)]
    return [fx.saturate(v + target.zero_point, _INT8) for v in scaled]


def _hard_swish(op: Op, source: Tensor, target: Tensor) -> list[int]:
    fine = np.float32(1.0 / 128.0) * np.float32(source.scale)
    out = quantize_multiplier(float(fine / np.float32(target.scale)))
    relu = quantize_multiplier(float(fine / (np.float32(3.0) / np.float32(32768.0))))
    return [_hard_swish_of(x, out, relu, target) for x in _inputs(source)]


def _hard_swish_of(x: int, out: Multiplier, relu: Multiplier, target: Tensor) -> int:
    hires = x * 128
    scaled = fx.high_multiply16(hires, _to_16_bits(out))
    gate = hires
    if relu.shift > 0:
        gate = fx.saturate(gate << (relu.shift - 1), fx.INT16)
    gate = fx.high_multiply16(gate, _to_16_bits(relu))
    if relu.shift > 0:
        gate = fx.saturate(gate << 1, fx.INT16)
    if relu.shift < 0:
        gate = fx.divide_round(gate, -relu.shift)
    product = fx.high_multiply16_truncating((gate + (1 << 15)) >> 1, scaled)
    value = fx.divide_round(product, max(-out.shift, 0))
    return fx.saturate(value + target.zero_point, _INT8)


def _to_16_bits(by: Multiplier) -> int:
    rounding = 1 << 15
    return fx.INT16[1] if by.value >= fx.INT32[1] - rounding else (by.value + rounding) >> 16


FUNCTIONS: dict[str, Function] = {
    "ABS": _abs,
    "HARD_SWISH": _hard_swish,
    "LEAKY_RELU": _leaky_relu,
    "LOGISTIC": _logistic,
    "TANH": _tanh,
}
