"""EQUAL, GREATER and the others that compare two operands: what makes a mask."""

from dataclasses import astuple
from typing import Final

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.arithmetic.logical import NO_NUMBERS, struct_of
from builds.compiler.operators.common.binary import (
    UNQUANTISED,
    comparisons_broadcast,
    lower_binary,
)
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.checks import an_operand_is_computed, tensors_of, two_inputs
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

RELATIONS: Final = ("EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL")


def operands_are_comparable(op: Op, graph: Graph) -> bool:
    """Operands: int8 with one scale each, or both float32 or both int32; the answer is bool."""
    a, b, target = tensors_of(op, graph)
    scaled = all(len(t.scales) == 1 for t in (a, b))
    known = a.dtype in UNQUANTISED or (a.dtype == "int8" and scaled)
    return a.dtype == b.dtype and known and target.dtype == "bool"


def compared_scales_are_small(op: Op, graph: Graph) -> bool:
    """Scales of int8 operands must be below 1, for TFLM stops there; divide both beforehand."""
    operands = tensors_of(op, graph)[:2]
    return all(t.dtype != "int8" or t.scale < 1 for t in operands)


def lower_comparison(op: Op, context: Context) -> LoweredOp:
    """Lower a comparison; int8 operands are scaled first, all others are not."""
    a, b = context.input(op, 0), context.input(op, 1)
    relation = struct_of(op.kind)
    if a.dtype != "int8":
        struct = f"EfRelation<{relation}, {CTYPES[a.dtype]}>"
        return lower_binary(op, context, struct, NO_NUMBERS, "comparison")
    scalings = [astuple(quantize_multiplier(t.scale)) for t in (a, b)]
    members = [n for by in scalings for n in by] + [a.zero_point, b.zero_point]
    struct = f"EfScaledRelation<{relation}>"
    return lower_binary(op, context, struct, learned_all(members), "comparison")


OPDEFS: Final = tuple(
    OpDef(
        kind,
        constraints=(
            two_inputs,
            an_operand_is_computed,
            operands_are_comparable,
            compared_scales_are_small,
            comparisons_broadcast,
        ),
        lower=lower_comparison,
        headers=("comparison",),
        shape=BROADCAST,
    )
    for kind in RELATIONS
)
