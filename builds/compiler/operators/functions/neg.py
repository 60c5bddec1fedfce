"""NEG of float32."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.checks import one_input, shape_is_kept, types_of
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def is_real(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output must be float32."""
    return types_of(op, graph) == {"float32"} and graph.tensor(op.inputs[0]).data is None


def lower_neg(op: Op, context: Context) -> LoweredOp:
    """Lower a change of sign."""
    return one_to_one(op, context, f"ef_negate($in0, $out0, {context.input(op).elements});", "neg")


OPDEFS: Final = (
    OpDef(
        "NEG",
        constraints=(one_input, is_real, shape_is_kept),
        lower=lower_neg,
        headers=("neg",),
        shape=BROADCAST,
        function_of=1,
    ),
)
