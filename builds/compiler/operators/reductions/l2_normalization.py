"""L2_NORMALIZATION: each row of the last axis divided by its length."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import FUNCTION, no_activation
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, in_place
from builds.compiler.operators.common.real.form import REAL_FUNCTION, RealForm
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.reductions.real.checks import rows_are_real

_NORM_DEPTH = 32_768  # more squares of int8 differences could overflow 32 bits


def rows_are_bounded(op: Op, graph: Graph) -> bool:
    """There must be one to four dimensions, the last of at most 32,768 elements."""
    shape = graph.tensor(op.inputs[0]).shape
    return 1 <= len(shape) <= 4 and shape[-1] <= _NORM_DEPTH


def lower_l2_normalization(op: Op, context: Context) -> LoweredOp:
    """Lower a normalisation; rows are read whole before they are written."""
    source, target = context.input(op), context.output(op)
    name = naming.function_name(op, context.graph)
    depth = source.shape[-1]
    members = f"{source.elements // depth}, {depth}, {learned(source.zero_point)}"
    return LoweredOp(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_l2_norm({name}_norm, $in0, $out0);",),
        runtime=("l2_normalization",),
        globals=(f"constexpr EfL2Norm {name}_norm = {{{members}}};",),
        reuse=in_place(op, source, target, context.graph),
    )


def _lower_real(op: Op, context: Context) -> LoweredOp:
    source = context.input(op)
    depth = source.shape[-1]
    call = f"ef_l2_norm_real($in0, $out0, {source.elements // depth}, {depth});"
    return one_to_one(op, context, call, "real", "root_real", "l2_normalization_real")


OPDEFS: Final = (
    OpDef(
        "L2_NORMALIZATION",
        constraints=(*FUNCTION, no_activation, rows_are_bounded),
        lower=lower_l2_normalization,
        headers=("l2_normalization", "l2_normalization_real"),
        options=(12, (("activation", 0, "i8", 0),)),
        resolver="AddL2Normalization",
        real=RealForm((*REAL_FUNCTION, no_activation, rows_are_real), _lower_real),
    ),
)
