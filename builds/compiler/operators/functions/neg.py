"""NEG of float32."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import one_input, shape_is_kept, types_of
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, in_place
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def lower_neg(op: Op, context: Context) -> LoweredOp:
    """Turn a change of sign into a step."""
    source, target = context.input(op), context.output(op)
    return LoweredOp(
        op,
        naming.function_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"ef_negate($in0, $out0, {source.elements});",),
        runtime=("neg",),
        reuse=in_place(op, source, target, context.graph),
    )


def is_real(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output must be float32."""
    return types_of(op, graph) == {"float32"} and graph.tensor(op.inputs[0]).data is None


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
