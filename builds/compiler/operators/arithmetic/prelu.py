"""PRELU: its slopes are the second operand."""

from dataclasses import replace
from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.binary import (
    OPERANDS,
    lower_binary,
    operands_are_int8,
    scalings_of,
    zeros_of,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import RealForm, operands_are_real
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def slopes_keep_their_range(op: Op, graph: Graph) -> bool:
    """The input's scale, alone or times the slopes', may be at most 2^12 times the output's."""
    source, slopes = graph.tensor(op.inputs[0]), graph.tensor(op.inputs[1])
    most = graph.tensor(op.outputs[0]).scale * 2.0**12
    return source.scale <= most and source.scale * slopes.scale <= most


def slopes_fit(op: Op, graph: Graph) -> bool:
    """The slopes must be int8 and repeat over the input, whose shape the output must have."""
    return graph.tensor(op.inputs[0]).shape == graph.tensor(op.outputs[0]).shape


def real_slopes_fit(op: Op, graph: Graph) -> bool:
    """The slopes must repeat over the input, whose shape the output must have."""
    return slopes_fit(op, graph)


def lower_prelu(op: Op, context: Context) -> LoweredOp:
    """Lower PRELU: its slopes are the second operand."""
    a, slope, target = context.input(op, 0), context.input(op, 1), context.output(op)
    members = scalings_of([a.scale / target.scale, a.scale * slope.scale / target.scale])
    members += zeros_of(a, slope, target)
    return lower_binary(op, context, "EfPrelu", members, "prelu")


def _lower_real(op: Op, context: Context) -> LoweredOp:
    step = lower_binary(op, context, "EfSlopeReal", ["0"], "prelu_real")
    return replace(step, runtime=("real", *step.runtime))


OPDEFS: Final = (
    OpDef(
        "PRELU",
        constraints=(*OPERANDS, operands_are_int8, slopes_fit, slopes_keep_their_range),
        lower=lower_prelu,
        headers=("prelu", "prelu_real"),
        shape=BROADCAST,
        function_of=2,
        real=RealForm((*OPERANDS, operands_are_real, real_slopes_fit), _lower_real),
    ),
)
