"""LEAKY_RELU of int8, as a table, of int16, and of float32."""

from typing import Final

import numpy as np

from builds.compiler.arithmetic import fixedpoint as fx
from builds.compiler.arithmetic.multiplier import Multiplier, quantize_multiplier, scale_exactly
from builds.compiler.graph import Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import INTEGER_FUNCTION
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lookup_table import (
    INT8,
    inputs_of,
    of_table,
    scales_are_moderate,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import REAL_FUNCTION, RealForm
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def _leaky_relu(op: Op, source: Tensor, target: Tensor) -> list[int]:
    above, below = leaky_multipliers(op, source, target)
    scaled = [scale_exactly(x, above if x >= 0 else below) for x in inputs_of(source)]
    return [fx.saturate(v + target.zero_point, INT8) for v in scaled]


def lower_leaky_relu16(op: Op, context: Context) -> LoweredOp:
    """Lower LEAKY_RELU."""
    source, target = context.input(op), context.output(op)
    name = naming.function_name(op, context.graph)
    scalings = leaky_multipliers(op, source, target)
    members = ", ".join(learned(n) for s in scalings for n in (s.value, s.shift))
    text = f"constexpr EfLeaky16 {name}_leaky = {{{members}}};"
    call = f"ef_leaky16({name}_leaky, $in0, $out0, {source.elements});"
    return one_to_one(op, context, call, "leaky_relu16", text=text)


def _lower_real(op: Op, context: Context) -> LoweredOp:
    slope = float(np.float32(op.options["alpha"])).hex()
    count = context.input(op).elements
    call = f"ef_leaky_real($in0, $out0, {count}, {slope}f);"
    return one_to_one(op, context, call, "real", "slope_real")


def leaky_multipliers(op: Op, source: Tensor, target: Tensor) -> tuple[Multiplier, Multiplier]:
    """Give the multipliers from zero up and below; the scales' quotients are doubles in TFLM."""
    above = source.scale / target.scale
    below = source.scale * float(op.options["alpha"]) / target.scale
    return quantize_multiplier(above), quantize_multiplier(below)


OPDEFS: Final = (
    OpDef(
        "LEAKY_RELU",
        constraints=(*INTEGER_FUNCTION, scales_are_moderate),
        lower=of_table(_leaky_relu, lower_leaky_relu16),
        headers=("leaky_relu16", "slope_real"),
        options=(75, (("alpha", 0, "f32", 0.0),)),
        shape=BROADCAST,
        function_of=1,
        real=RealForm(REAL_FUNCTION, _lower_real),
    ),
)
