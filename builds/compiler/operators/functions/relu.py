"""RELU, RELU6 and RELU_N1_TO_1."""

from typing import Final

from builds.compiler.arithmetic.multiplier import Multiplier, clamp_range, quantize_multiplier
from builds.compiler.graph import Op
from builds.compiler.operators.common.checks import INTEGER_FUNCTION
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import function_of_reals
from builds.compiler.operators.common.rescale import rescale
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_RELU, _RELU_N1_TO_1, _RELU6 = 1, 2, 3  # numbers of the activations in the schema
_IDENTITY = Multiplier(1 << 30, 1)


def lower_relu(op: Op, context: Context) -> LoweredOp:
    """Lower RELU; it has its own output scale."""
    source, target = context.input(op), context.output(op)
    scaling = quantize_multiplier(source.scale / target.scale)
    zeros = (source.zero_point, target.zero_point)
    return rescale(op, context, scaling, zeros, clamp_range(_RELU, target))


def lower_relu_n1_to_1(op: Op, context: Context) -> LoweredOp:
    """Lower RELU_N1_TO_1, as LiteRT computes it: TFLM has no such operator."""
    source, target = context.input(op), context.output(op)
    scaling = quantize_multiplier(source.scale / target.scale)
    zeros = (source.zero_point, target.zero_point)
    return rescale(op, context, scaling, zeros, clamp_range(_RELU_N1_TO_1, target))


def lower_relu6(op: Op, context: Context) -> LoweredOp:
    """Lower RELU6; TFLM only clamps, whatever the output's scale says."""
    return rescale(op, context, _IDENTITY, (0, 0), clamp_range(_RELU6, context.input(op)))


OPDEFS: Final = (
    OpDef(
        "RELU",
        constraints=INTEGER_FUNCTION,
        lower=lower_relu,
        headers=("steps_real",),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_not_below_zero", "steps_real"),
    ),
    OpDef(
        "RELU6",
        constraints=INTEGER_FUNCTION,
        lower=lower_relu6,
        headers=("steps_real",),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_zero_to_six", "steps_real"),
    ),
    OpDef(
        "RELU_N1_TO_1",
        constraints=INTEGER_FUNCTION,
        lower=lower_relu_n1_to_1,
        resolver=None,
        shape=BROADCAST,
        function_of=1,
        note="TFLM has none: this computes what LiteRT computes.",
    ),
)
