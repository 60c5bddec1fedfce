"""Arithmetic of numbers without a scale: float32 and int32."""

from collections.abc import Callable, Mapping
from typing import Final

from builds.compiler.graph import Op
from builds.compiler.operators.common.binary import lower_binary
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import ends_of

_OPERATIONS: Final[Mapping[str, str]] = {
    "ADD": "EfPlus",
    "DIV": "EfOver",
    "MAXIMUM": "EfLarger",
    "MINIMUM": "EfSmaller",
    "MUL": "EfTimes",
    "SQUARED_DIFFERENCE": "EfSquareOfDifference",
    "SUB": "EfMinus",
}
_EXTREMES = ("MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE")  # that TFLM does not clamp


def unquantised_or(
    scaled: Callable[[Op, Context], LoweredOp],
) -> Callable[[Op, Context], LoweredOp]:
    """Lower operands without a scale here, and all others as `scaled` says."""

    def lower(op: Op, context: Context) -> LoweredOp:
        dtype = context.output(op).dtype
        return (
            lower_unquantised(op, context) if dtype in ("float32", "int32") else scaled(op, context)
        )

    return lower


def lower_unquantised(op: Op, context: Context) -> LoweredOp:
    """Lower arithmetic."""
    ctype = CTYPES[context.output(op).dtype]
    if ctype == "int32_t":
        ends = ["INT32_MIN", "INT32_MAX"]
    elif op.kind in _EXTREMES:
        ends = ["-__builtin_inff()", "__builtin_inff()"]
    else:
        ends = ends_of(op)
    return lower_binary(
        op, context, f"EfPlain<{_OPERATIONS[op.kind]}, {ctype}>", ends, "unquantised"
    )
