"""SOFTMAX over the last axis, int8 to int8."""

import math

from builds.compiler.graph import Op
from builds.compiler.kernels import naming
from builds.compiler.kernels.step import Context, Step, in_place
from builds.compiler.quant import Multiplier, quantize_multiplier

_INTEGER_BITS = 5  # of a scaled difference, Q5.26
_LARGEST = (1 << 31) - 1


def lower_softmax(op: Op, context: Context) -> Step:
    """Turn a softmax into a step."""
    source, target = context.input(op), context.output(op)
    depth = source.shape[-1]
    scaling = softmax_multiplier(source.scale, float(op.options["beta"]))
    smallest = -math.floor((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS))
    smallest = -(-smallest >> scaling.shift)
    name = naming.step_name(op, context.graph)
    members = [source.elements // depth, depth, scaling.value, scaling.shift, smallest]
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_softmax({name}_softmax, $in0, $out0);",),
        runtime=("softmax", "softmax8"),
        globals=(f"constexpr EfSoftmax {name}_softmax = {{{', '.join(map(str, members))}}};",),
        reuse=in_place(op, source, target, context.graph),
    )


def softmax_multiplier(scale: float, beta: float) -> Multiplier:
    """Scale of a difference in Q5.26, kept below 2^31."""
    real = min(beta * scale * (1 << (31 - _INTEGER_BITS)), float(_LARGEST))
    return quantize_multiplier(real)
