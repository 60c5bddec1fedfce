"""MUL."""

from typing import Final

from builds.compiler.arithmetic.multiplier import activation_range
from builds.compiler.graph import Graph, Op
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


def products_keep_their_range(op: Op, graph: Graph) -> bool:
    """The product of the operands' scales must be at most 2^12 (int16: 1) times the output's."""
    a, b, target = (graph.tensor(i) for i in (*op.inputs, op.outputs[0]))
    return a.scale * b.scale <= target.scale * (2.0**12 if target.dtype == "int8" else 1)


def lower_mul(op: Op, context: Context) -> LoweredOp:
    """Lower a product."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    members = scalings_of([a.scale * b.scale / target.scale])
    members += zeros_of(a, b, target) + learned_all(activation_range(op, target))
    return lower_binary(op, context, f"EfMul<{target.dtype}_t>", members, "mul")


OPDEFS: Final = (
    OpDef(
        "MUL",
        constraints=(*OPERANDS, operands_are_integers_or_unquantised, products_keep_their_range),
        lower=unquantised_or(lower_mul),
        headers=("mul", "unquantised"),
        options=(21, (("activation", 0, "i8", 0),)),
        shape=BROADCAST,
        function_of=2,
    ),
)
