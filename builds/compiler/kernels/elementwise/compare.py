"""Comparisons, and arithmetic on their answers: what makes a mask."""

from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Final

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Op
from builds.compiler.kernels.elementwise.binary import lower_binary
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES
from builds.compiler.kernels.lowering.step import Context, Step, in_place
from builds.compiler.kernels.lowering.trained import trained_all

RELATIONS: Final = ("EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL")
_UNUSED = ["0"]


def lower_comparison(op: Op, context: Context) -> Step:
    """Turn a comparison into a step; int8 operands are scaled first, all others are not."""
    a, b = context.input(op, 0), context.input(op, 1)
    relation = _struct(op.kind)
    if a.dtype != "int8":
        struct = f"EfRelation<{relation}, {CTYPES[a.dtype]}>"
        return lower_binary(op, context, struct, _UNUSED, "compare")
    scalings = [astuple(quantize_multiplier(t.scale)) for t in (a, b)]
    members = [n for by in scalings for n in by] + [a.zero_point, b.zero_point]
    struct = f"EfScaledRelation<{relation}>"
    return lower_binary(op, context, struct, trained_all(members), "compare")


def lower_logical(op: Op, context: Context) -> Step:
    """Turn LOGICAL_AND or LOGICAL_OR into a step."""
    struct = f"EfRelation<{_struct(op.kind)}, uint8_t>"
    return lower_binary(op, context, struct, _UNUSED, "compare")


def lower_logical_not(op: Op, context: Context) -> Step:
    """Turn LOGICAL_NOT into a step."""
    source, target = context.input(op), context.output(op)
    return Step(
        op,
        naming.step_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"ef_logical_not($in0, $out0, {source.elements});",),
        runtime=("logical_not",),
        reuse=in_place(op, source, target, context.graph),
    )


def _struct(kind: str) -> str:
    return "Ef" + "".join(word.capitalize() for word in kind.split("_"))


COMPARE: Final[Mapping[str, Callable[[Op, Context], Step]]] = {
    **dict.fromkeys(RELATIONS, lower_comparison),
    "LOGICAL_AND": lower_logical,
    "LOGICAL_NOT": lower_logical_not,
    "LOGICAL_OR": lower_logical,
}
