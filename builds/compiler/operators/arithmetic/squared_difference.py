"""SQUARED_DIFFERENCE."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.arithmetic.unquantised import unquantised_or
from builds.compiler.operators.common.binary import (
    OPERANDS,
    lower_binary,
    operands_are_int8_or_unquantised,
    scalings_of,
    zeros_of,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_SQUARE_LEFT = 7  # bits that operands gain before they are scaled


def squares_keep_their_range(op: Op, graph: Graph) -> bool:
    """The square of an operand's scale must be at most 2^11 times the output's scale."""
    largest = max(graph.tensor(i).scale for i in op.inputs)
    return largest * largest <= graph.tensor(op.outputs[0]).scale * 2.0**11


def lower_squared_difference(op: Op, context: Context) -> LoweredOp:
    """Lower the square of a difference."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    twice = 2.0 * max(a.scale, b.scale)
    out = twice * twice / ((1 << (2 * _SQUARE_LEFT)) * target.scale)
    members = scalings_of([a.scale / twice, b.scale / twice, out])
    members += zeros_of(a, b, target)
    return lower_binary(op, context, "EfSquaredDifference", members, "squared_difference")


OPDEFS: Final = (
    OpDef(
        "SQUARED_DIFFERENCE",
        constraints=(*OPERANDS, operands_are_int8_or_unquantised, squares_keep_their_range),
        lower=unquantised_or(lower_squared_difference),
        headers=("squared_difference", "unquantised"),
        shape=BROADCAST,
        function_of=2,
    ),
)
