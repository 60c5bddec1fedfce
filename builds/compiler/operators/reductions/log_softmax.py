"""LOG_SOFTMAX of int8 over the last axis."""

from typing import Final

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import FUNCTION
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, in_place
from builds.compiler.operators.common.real.form import REAL_FUNCTION, RealForm
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.reductions.real.checks import rows_are_real
from builds.compiler.operators.reductions.softmax import softmax_multiplier

_INTEGER_BITS = 5  # of a scaled difference, Q5.26


def logarithms_have_a_fixed_scale(op: Op, graph: Graph) -> bool:
    """The output must have scale 1/16 and zero point 127, as TFLM fixes it."""
    target = graph.tensor(op.outputs[0])
    return (target.scale, target.zero_point) == (1 / 16, 127)


def logarithms_keep_their_range(op: Op, graph: Graph) -> bool:
    """The last dimension: at most 4096 entries; the input's scale: from 2^-20 to 16."""
    source = graph.tensor(op.inputs[0])
    return bool(source.shape) and source.shape[-1] <= 4096 and 2.0**-20 <= source.scale <= 16


def lower_log_softmax(op: Op, context: Context) -> LoweredOp:
    """Lower the logarithm of a softmax; rows are read whole before they are written."""
    source, target = context.input(op), context.output(op)
    name, depth = naming.function_name(op, context.graph), source.shape[-1]
    scaling = softmax_multiplier(source.scale, 1.0)
    smallest = -(((1 << _INTEGER_BITS) - 1) << (31 - _INTEGER_BITS) >> scaling.shift)
    back = quantize_multiplier((1 << (31 - scaling.shift)) / scaling.value)
    members = learned_all((scaling.value, scaling.shift, smallest, back.value, back.shift))
    texts = ", ".join((str(source.elements // depth), str(depth), *members))
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_log_softmax({name}_softmax, $in0, $out0);",),
        runtime=("exponential", "exponential_terms", "log_softmax"),
        globals=(f"constexpr EfLogSoftmax {name}_softmax = {{{texts}}};",),
        reuse=in_place(op, source, target, context.graph),
    )


def _lower_real(op: Op, context: Context) -> LoweredOp:
    source = context.input(op)
    depth = source.shape[-1]
    call = f"ef_log_softmax_real($in0, $out0, {source.elements // depth}, {depth});"
    headers = ("real", "exp_real", "log_real", "log_softmax_real")
    return one_to_one(op, context, call, *headers)


OPDEFS: Final = (
    OpDef(
        "LOG_SOFTMAX",
        constraints=(*FUNCTION, logarithms_have_a_fixed_scale, logarithms_keep_their_range),
        lower=lower_log_softmax,
        headers=("exponential_terms", "log_softmax", "log_softmax_real"),
        real=RealForm((*REAL_FUNCTION, rows_are_real), _lower_real),
    ),
)
