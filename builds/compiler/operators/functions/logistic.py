"""LOGISTIC and TANH of int8, as tables, and of int16, from one table with
interpolation, and of float32.
"""

import math
from collections.abc import Callable
from typing import Final

from builds.compiler.arithmetic import fixedpoint
from builds.compiler.arithmetic import fixedpoint as fx
from builds.compiler.arithmetic.multiplier import Multiplier, scale_exactly
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import INTEGER_FUNCTION
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lookup_table import INT8, inputs_of, of_table
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, constant
from builds.compiler.operators.common.real.form import function_of_reals
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_FRACTION = 27  # of the inputs of LOGISTIC and TANH, Q4.27
_NEAR = 1e-3  # how far TFLM lets the logarithm of a power of two be from a whole number
_STEPS = 31  # doublings at most
_KERNELS = {"LOGISTIC": "ef_logistic16", "TANH": "ef_hyperbolic16"}


def curve_scale_is_moderate(op: Op, graph: Graph) -> bool:
    """The input's scale must lie between 2^-28, where TFLM's arithmetic ends, and 16 (int16: 2)."""
    source = graph.tensor(op.inputs[0])
    return 2.0**-28 <= source.scale <= (16 if source.dtype == "int8" else 2)


def curve_output_is_fixed(op: Op, graph: Graph) -> bool:
    """Of int16, the output must have the scale 2^-15."""
    target = graph.tensor(op.outputs[0])
    return target.dtype == "int8" or abs(target.scale * 2.0**15 - 1) < 2.0**-11


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
    for x in inputs_of(source):
        if abs(x) >= radius:
            values.append(INT8[x > 0])
        else:
            value = fx.divide_round(function(scale_exactly(x, by)), right) + offset
            values.append(fx.saturate(value, INT8))
    return values


def _logistic(op: Op, source: Tensor, target: Tensor) -> list[int]:
    return _sigmoid_like(source, fx.logistic, 23, -128)


def _tanh(op: Op, source: Tensor, target: Tensor) -> list[int]:
    return _sigmoid_like(source, fx.tanh, 24, 0)


def lower_logistic16(op: Op, context: Context) -> LoweredOp:
    """Lower LOGISTIC or TANH: one table serves both."""
    name = naming.function_name(op, context.graph)
    table = constant(f"{name}_sigmoid", "uint16_t", fixedpoint.sigmoid_table())
    multiplier, right = _to_the_table(op, context.input(op))
    members = ", ".join([table.name, learned(multiplier), learned(right)])
    text = f"constexpr EfCurve16 {name}_curve = {{{members}}};"
    call = f"{_KERNELS[op.kind]}({name}_curve, $in0, $out0, {context.input(op).elements});"
    return one_to_one(op, context, call, "sigmoid16", "logistic16", text=text, arrays=(table,))


def _to_the_table(op: Op, source: Tensor) -> tuple[int, int]:
    """Give multiplier and right shift to the table's scale, a third of Q3.12.

    A power of two that is near enough to it needs no shift.
    """
    power = math.log2(source.scale)
    left = 12 + round(power)
    if abs(power - round(power)) < _NEAR and left in ((0,) if op.kind == "LOGISTIC" else (0, 1)):
        return 3 << left, 0
    real, right = source.scale * 4096.0 * 3.0, 0
    while real <= 32767.0 / 2.0 and right < _STEPS:
        real *= 2.0
        right += 1
    return int(real), right


_CURVE: Final = (*INTEGER_FUNCTION, curve_scale_is_moderate, curve_output_is_fixed)
OPDEFS: Final = (
    OpDef(
        "LOGISTIC",
        constraints=_CURVE,
        lower=of_table(_logistic, lower_logistic16),
        headers=("logistic16", "logistic_real"),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_logistic", "exp_real", "logistic_real"),
    ),
    OpDef(
        "TANH",
        constraints=_CURVE,
        lower=of_table(_tanh, lower_logistic16),
        headers=("logistic16",),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_tanh", "exp_real", "tanh_real"),
    ),
)
