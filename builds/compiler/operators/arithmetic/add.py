"""ADD."""

from dataclasses import astuple, replace
from typing import Final

from builds.compiler.arithmetic.multiplier import Multiplier, activation_range, quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.arithmetic.unquantised import unquantised_or
from builds.compiler.operators.common.binary import (
    OPERANDS,
    lower_binary,
    operands_are_integers_or_unquantised,
    scalings_of,
    zeros_of,
)
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

ADD_LEFT = 20  # bits that int8 operands gain before they are scaled
ADD_LEFT_16 = 15  # the same, of int16 operands
# Both are the same number for such an operand: the rounding of the first step hides the 2^-31.
_HALF, _NEARLY_ONE = Multiplier(1 << 30, 0), Multiplier((1 << 31) - 1, -1)
_ADD_FILES = {Flavour.VECTOR: ("vector", "add_vector"), Flavour.MVE: ("add_mve",)}


def sums_keep_their_range(op: Op, graph: Graph) -> bool:
    """The output's scale must not be 2^19 (int16: 2^14) times smaller than an operand's."""
    target = graph.tensor(op.outputs[0])
    bits = 19 if target.dtype == "int8" else 14
    return max(graph.tensor(i).scale for i in op.inputs) <= target.scale * 2.0**bits


def lower_add(op: Op, context: Context) -> LoweredOp:
    """Lower an addition."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    left = ADD_LEFT if target.dtype == "int8" else ADD_LEFT_16
    twice = 2.0 * max(a.scale, b.scale)
    scales = (a.scale / twice, b.scale / twice, twice / ((1 << left) * target.scale))
    shifted = [_shifted(quantize_multiplier(real)) for real in scales]
    if _adds_vectors(op, context) and all(by.shift < 0 for by in shifted):
        return _add_vectors(op, context, shifted)
    members = scalings_of(list(scales))
    members += zeros_of(a, b, target) + learned_all(activation_range(op, target))
    if target.dtype == "int16":
        return lower_binary(op, context, "EfAdd16", members, "add16")
    return lower_binary(op, context, "EfAdd", members, "add")


def _shifted(by: Multiplier) -> Multiplier:
    """Give the same multiplier with a shift, for vectors leave out what a shift of zero needs."""
    return _NEARLY_ONE if by == _HALF else by


def _adds_vectors(op: Op, context: Context) -> bool:
    """Tell whether a target has a loop of vectors for a sum; scales must not choose it."""
    a, b = context.input(op, 0), context.input(op, 1)
    bytes_ = context.output(op).dtype == "int8"
    return bytes_ and a.shape == b.shape and context.flavour in _ADD_FILES and not context.apart


def _add_vectors(op: Op, context: Context, scalings: list[Multiplier]) -> LoweredOp:
    """Lower an addition of vectors."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    members = [str(n) for by in scalings for n in astuple(by)]
    members += [str(t.zero_point) for t in (a, b, target)]
    members += [str(end) for end in activation_range(op, target)]
    step = lower_binary(op, context, "EfAdd", members, "add")
    body = tuple(
        line.replace(f"ef_binary<{step.name}_op>(", f"ef_add({step.name}_op, ")
        for line in step.body
    )
    return replace(step, body=body, runtime=("add", *_ADD_FILES[context.flavour]))


OPDEFS: Final = (
    OpDef(
        "ADD",
        constraints=(*OPERANDS, operands_are_integers_or_unquantised, sums_keep_their_range),
        lower=unquantised_or(lower_add),
        headers=("add", "add16", "unquantised"),
        options=(11, (("activation", 0, "i8", 0), ("pot_scale_int16", 1, "bool", True))),
        shape=BROADCAST,
        function_of=2,
    ),
)
