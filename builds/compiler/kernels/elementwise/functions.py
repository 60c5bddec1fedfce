"""Functions of one int8: 256 answers worked out at compile time, with TFLM's fixed-point steps.

LOGISTIC, TANH, HARD_SWISH, LEAKY_RELU, ABS, RSQRT; and with real numbers, as TFLM fills its table
for ELU, and LiteRT those for EXP, GELU, LOG and SQRT, which TFLM has not for int8.
"""

import math
from collections.abc import Callable

import numpy as np

from builds.compiler.arithmetic import fixedpoint as fx
from builds.compiler.arithmetic.multiplier import (
    Multiplier,
    quantize_multiplier,
    ratio_float32,
    round_half_away,
    scale_exactly,
)
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.elementwise.curve16 import (
    leaky_multipliers,
    lower_curve16,
    lower_leaky16,
)
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step, constant, in_place

_INT8 = (-128, 127)
_ROOT_SHIFT = 20  # bits that a reciprocal root keeps between its two scalings
_REACH = 1e6  # beyond what any int8 holds
_LARGEST_EXPONENT = 88.0  # of e in float32
_FAR_BELOW = -1e9  # what has no logarithm: below any output, at any scale
_FRACTION = 27  # of the inputs of LOGISTIC and TANH, Q4.27
Function = Callable[[Op, Tensor, Tensor], list[int]]


def lower_table(op: Op, context: Context) -> Step:
    """Turn a function of one element into a step."""
    source, target = context.input(op), context.output(op)
    if source.dtype == "int16":
        return lower_leaky16(op, context) if op.kind == "LEAKY_RELU" else lower_curve16(op, context)
    return table_step(op, context, FUNCTIONS[op.kind](op, source, target))


def table_step(op: Op, context: Context, values: list[int]) -> Step:
    """Turn 256 answers into a step."""
    source, target = context.input(op), context.output(op)
    name = naming.step_name(op, context.graph)
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
    above, below = leaky_multipliers(op, source, target)
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


def _rsqrt(op: Op, source: Tensor, target: Tensor) -> list[int]:
    by = quantize_multiplier(1.0 / (math.sqrt(source.scale) * target.scale))
    return [_rsqrt_of(x, by, target) for x in _inputs(source)]


def _rsqrt_of(x: int, by: Multiplier, target: Tensor) -> int:
    """Give the largest answer for zero, and for what has no root, which TFLM does not run."""
    if x <= 0:
        return _INT8[1]
    value, shift = fx.inverse_root(x)
    fine = scale_exactly(1, Multiplier(value, shift + _ROOT_SHIFT))
    scaled = scale_exactly(fine, Multiplier(by.value, by.shift - _ROOT_SHIFT))
    return fx.saturate(scaled + target.zero_point, _INT8)


def _real(function: Callable[[Op, float], float]) -> Function:
    """Fill a table in float32, rounded as C rounds, halves away from zero."""

    def values(op: Op, source: Tensor, target: Tensor) -> list[int]:
        scale, inverse = np.float32(source.scale), np.float32(1) / np.float32(target.scale)
        found = []
        for x in _inputs(source):
            answer = np.float32(function(op, float(scale * np.float32(x))))
            scaled = float(np.clip(answer * inverse, -_REACH, _REACH))
            found.append(fx.saturate(round_half_away(scaled) + target.zero_point, _INT8))
        return found

    return values


def _sqrt(op: Op, source: Tensor, target: Tensor) -> list[int]:
    """Cut toward zero, as LiteRT does; it stops at what has no root, which gives zero here."""
    found = []
    for x in _inputs(source):
        real = np.float32(source.scale) * np.float32(max(x, 0))
        root = np.float32(math.sqrt(float(real))) / np.float32(target.scale)
        found.append(fx.saturate(int(min(float(root), _REACH)) + target.zero_point, _INT8))
    return found


def _log(op: Op, x: float) -> float:
    return math.log(x) if x > 0 else _FAR_BELOW


def _elu(op: Op, x: float) -> float:
    return float(np.float32(math.exp(x)) - np.float32(1)) if x < 0 else x


def _exp(op: Op, x: float) -> float:
    return math.exp(min(x, _LARGEST_EXPONENT))


def _gelu(op: Op, x: float) -> float:
    if op.options["approximate"]:
        return 0.5 * x * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1.0 + math.erf(x * math.sqrt(0.5)))


FUNCTIONS: dict[str, Function] = {
    "ABS": _abs,
    "ELU": _real(_elu),
    "EXP": _real(_exp),
    "GELU": _real(_gelu),
    "HARD_SWISH": _hard_swish,
    "LEAKY_RELU": _leaky_relu,
    "LOG": _real(_log),
    "LOGISTIC": _logistic,
    "RSQRT": _rsqrt,
    "SQRT": _sqrt,
    "TANH": _tanh,
}
