"""LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.binary import comparisons_broadcast, lower_binary
from builds.compiler.operators.common.checks import (
    an_operand_is_computed,
    first_input_is_computed,
    one_input,
    shape_is_kept,
    two_inputs,
    types_of,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, in_place
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_UNUSED = ["0"]


def _struct(kind: str) -> str:
    return "Ef" + "".join(word.capitalize() for word in kind.split("_"))


def lower_logical(op: Op, context: Context) -> LoweredOp:
    """Turn LOGICAL_AND or LOGICAL_OR into a step."""
    struct = f"EfRelation<{_struct(op.kind)}, uint8_t>"
    return lower_binary(op, context, struct, _UNUSED, "comparison")


def lower_logical_not(op: Op, context: Context) -> LoweredOp:
    """Turn LOGICAL_NOT into a step."""
    source, target = context.input(op), context.output(op)
    return LoweredOp(
        op,
        naming.function_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"ef_logical_not($in0, $out0, {source.elements});",),
        runtime=("logical",),
        reuse=in_place(op, source, target, context.graph),
    )


def operands_are_bool(op: Op, graph: Graph) -> bool:
    """Operands and result must be bool."""
    return types_of(op, graph) == {"bool"}


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
