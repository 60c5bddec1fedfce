"""MAXIMUM and MINIMUM."""

from typing import Final

from builds.compiler.graph import Op
from builds.compiler.operators.arithmetic.unquantised import unquantised_or
from builds.compiler.operators.common.binary import (
    OPERANDS,
    lower_binary,
    operands_are_integers_or_unquantised,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def lower_extreme(op: Op, context: Context) -> LoweredOp:
    """Lower MAXIMUM or MINIMUM; TFLM compares the integers as they are."""
    struct = f"Ef{op.kind.capitalize()}<{context.output(op).dtype}_t>"
    return lower_binary(op, context, struct, ["0"], op.kind.lower())


OPDEFS: Final = tuple(
    OpDef(
        kind,
        constraints=(*OPERANDS, operands_are_integers_or_unquantised),
        lower=unquantised_or(lower_extreme),
        headers=(kind.lower(), "unquantised"),
        shape=BROADCAST,
        function_of=2,
    )
    for kind in ("MAXIMUM", "MINIMUM")
)
