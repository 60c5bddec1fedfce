"""L2_NORMALIZATION: each row of the last axis divided by its length."""

from builds.compiler.graph import Op
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step, in_place
from builds.compiler.kernels.lowering.trained import trained


def lower_l2_norm(op: Op, context: Context) -> Step:
    """Turn a normalisation into a step; rows are read whole before they are written."""
    source, target = context.input(op), context.output(op)
    name = naming.step_name(op, context.graph)
    depth = source.shape[-1]
    members = f"{source.elements // depth}, {depth}, {trained(source.zero_point)}"
    return Step(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_l2_norm({name}_norm, $in0, $out0);",),
        runtime=("l2_norm",),
        globals=(f"constexpr EfL2Norm {name}_norm = {{{members}}};",),
        reuse=in_place(op, source, target, context.graph),
    )
