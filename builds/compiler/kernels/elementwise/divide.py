"""DIV of int8."""

from dataclasses import replace

from builds.compiler.arithmetic.multiplier import activation_range, quantize_multiplier
from builds.compiler.graph import Op
from builds.compiler.kernels.elementwise.binary import lower_binary
from builds.compiler.kernels.lowering.step import Context, Step
from builds.compiler.kernels.lowering.trained import trained_all


def lower_divide(op: Op, context: Context) -> Step:
    """Turn a quotient into a step."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    by = quantize_multiplier(a.scale / (b.scale * target.scale))
    zeros = [tensor.zero_point for tensor in (a, b, target)]
    members = trained_all([by.value, by.shift, *zeros, *activation_range(op, target)])
    step = lower_binary(op, context, "EfDivide", members, "divide")
    return replace(step, runtime=(step.runtime[0], "softmax", *step.runtime[1:]))
