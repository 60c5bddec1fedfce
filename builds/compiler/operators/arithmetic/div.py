"""DIV of int8."""

from dataclasses import replace
from typing import Final

from builds.compiler.arithmetic.multiplier import activation_range, quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.arithmetic.unquantised import unquantised_or
from builds.compiler.operators.common.binary import (
    OPERANDS,
    lower_binary,
    operands_are_int8_or_real,
)
from builds.compiler.operators.common.checks import tensors_of
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def quotient_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The first scale must be at most 2^20 times the product of the second and the output's."""
    a, b, target = tensors_of(op, graph)
    return a.scale <= b.scale * target.scale * 2.0**20


def lower_div(op: Op, context: Context) -> LoweredOp:
    """Lower a quotient."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    by = quantize_multiplier(a.scale / (b.scale * target.scale))
    zeros = [tensor.zero_point for tensor in (a, b, target)]
    members = learned_all([by.value, by.shift, *zeros, *activation_range(op, target)])
    step = lower_binary(op, context, "EfDivide", members, "div")
    return replace(step, runtime=(step.runtime[0], "exponential", *step.runtime[1:]))


OPDEFS: Final = (
    OpDef(
        "DIV",
        constraints=(*OPERANDS, operands_are_int8_or_real, quotient_keeps_its_range),
        lower=unquantised_or(lower_div),
        headers=("div", "unquantised"),
        options=(29, (("activation", 0, "i8", 0),)),
        shape=BROADCAST,
        function_of=2,
    ),
)
