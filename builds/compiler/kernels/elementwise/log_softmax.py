"""LOG_SOFTMAX of int8 over the last axis."""

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Op
from builds.compiler.kernels.elementwise.softmax import softmax_multiplier
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step, in_place
from builds.compiler.kernels.lowering.trained import trained_all

_INTEGER_BITS = 5  # of a scaled difference, Q5.26


def lower_log_softmax(op: Op, context: Context) -> Step:
    """Turn the logarithm of a softmax into a step; rows are read whole before they are written."""
    source, target = context.input(op), context.output(op)
    name, depth = naming.step_name(op, context.graph), source.shape[-1]
    scaling = softmax_multiplier(source.scale, 1.0)
    smallest = -(((1 << _INTEGER_BITS) - 1) << (31 - _INTEGER_BITS) >> scaling.shift)
    back = quantize_multiplier((1 << (31 - scaling.shift)) / scaling.value)
    members = trained_all((scaling.value, scaling.shift, smallest, back.value, back.shift))
    texts = ", ".join((str(source.elements // depth), str(depth), *members))
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_log_softmax({name}_softmax, $in0, $out0);",),
        runtime=("softmax", "softmax_terms", "log_softmax"),
        globals=(f"constexpr EfLogSoftmax {name}_softmax = {{{texts}}};",),
        reuse=in_place(op, source, target, context.graph),
    )
