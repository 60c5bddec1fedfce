"""FILL: a tensor of one value, as recurrent layers start from."""

from builds.compiler.graph import Op
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES
from builds.compiler.kernels.lowering.step import Context, Step
from builds.compiler.kernels.lowering.trained import trained


def lower_fill(op: Op, context: Context) -> Step:
    """Turn a fill into a step."""
    target, value = context.output(op), context.input(op, 1).array().reshape(-1)[0]
    text = trained(float(value) if target.dtype == "float32" else int(value))
    return Step(
        op,
        naming.step_name(op, context.graph),
        (),
        (target.index,),
        body=(f"ef_fill<{CTYPES[target.dtype]}>($out0, {target.elements}, {text});",),
        runtime=("fill",),
    )
