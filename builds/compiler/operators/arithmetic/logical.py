"""LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.binary import comparisons_broadcast, lower_binary
from builds.compiler.operators.common.checks import (
    an_operand_is_computed,
    first_input_is_computed,
    one_input,
    shape_is_kept,
    two_inputs,
    types_of,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

NO_NUMBERS = ["0"]


def operands_are_bool(op: Op, graph: Graph) -> bool:
    """Operands and result must be bool."""
    return types_of(op, graph) == {"bool"}


def struct_of(kind: str) -> str:
    """Give the C++ type that has an operator's name."""
    return "Ef" + "".join(word.capitalize() for word in kind.split("_"))


def lower_logical(op: Op, context: Context) -> LoweredOp:
    """Lower LOGICAL_AND or LOGICAL_OR."""
    struct = f"EfRelation<{struct_of(op.kind)}, uint8_t>"
    return lower_binary(op, context, struct, NO_NUMBERS, "comparison")


def lower_logical_not(op: Op, context: Context) -> LoweredOp:
    """Lower LOGICAL_NOT."""
    call = f"ef_logical_not($in0, $out0, {context.input(op).elements});"
    return one_to_one(op, context, call, "logical")


OPDEFS: Final = (
    *(
        OpDef(
            kind,
            constraints=(
                two_inputs,
                an_operand_is_computed,
                operands_are_bool,
                comparisons_broadcast,
            ),
            lower=lower_logical,
            headers=("comparison",),
            shape=BROADCAST,
        )
        for kind in ("LOGICAL_AND", "LOGICAL_OR")
    ),
    OpDef(
        "LOGICAL_NOT",
        constraints=(one_input, first_input_is_computed, operands_are_bool, shape_is_kept),
        lower=lower_logical_not,
        headers=("logical",),
        shape=BROADCAST,
    ),
)
