"""SUB."""

from typing import Final

from builds.compiler.arithmetic.multiplier import activation_range
from builds.compiler.graph import Op
from builds.compiler.operators.arithmetic.add import ADD_LEFT, ADD_LEFT_16, sums_keep_their_range
from builds.compiler.operators.arithmetic.unquantised import unquantised_or
from builds.compiler.operators.common.binary import (
    OPERANDS,
    lower_binary,
    operands_are_integers_or_unquantised,
    scalings_of,
    zeros_of,
)
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def lower_sub(op: Op, context: Context) -> LoweredOp:
    """Lower a subtraction."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    twice = 2.0 * max(a.scale, b.scale)
    left = ADD_LEFT if target.dtype == "int8" else ADD_LEFT_16
    members = scalings_of([a.scale / twice, b.scale / twice, twice / ((1 << left) * target.scale)])
    members += zeros_of(a, b, target) + learned_all(activation_range(op, target))
    return lower_binary(op, context, f"EfSub<{target.dtype}_t>", members, "sub")


OPDEFS: Final = (
    OpDef(
        "SUB",
        constraints=(*OPERANDS, operands_are_integers_or_unquantised, sums_keep_their_range),
        lower=unquantised_or(lower_sub),
        headers=("sub", "unquantised"),
        options=(28, (("activation", 0, "i8", 0), ("pot_scale_int16", 1, "bool", True))),
        shape=BROADCAST,
        function_of=2,
    ),
)
