"""Numbers without a scale: arithmetic of float32 and int32, NEG, CAST, ZEROS_LIKE."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.kernels.elementwise.binary import lower_binary
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES
from builds.compiler.kernels.lowering.step import Context, Step, in_place

_OPERATIONS: Final[Mapping[str, str]] = {
    "ADD": "EfPlus",
    "DIV": "EfOver",
    "MAXIMUM": "EfLarger",
    "MINIMUM": "EfSmaller",
    "MUL": "EfTimes",
    "SQUARED_DIFFERENCE": "EfSquareOfDifference",
    "SUB": "EfMinus",
}
_LARGEST = float(np.finfo(np.float32).max)
_ENDS: Final = {0: (-_LARGEST, _LARGEST), 1: (0.0, _LARGEST), 2: (-1.0, 1.0), 3: (0.0, 6.0)}
_EXTREMES = ("MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE")  # that TFLM does not clamp


def plain_or(
    scaled: Callable[[Op, Context], Step],
) -> Callable[[Op, Context], Step]:
    """Lower operands without a scale here, and all others as `scaled` says."""

    def lower(op: Op, context: Context) -> Step:
        dtype = context.output(op).dtype
        return lower_plain(op, context) if dtype in ("float32", "int32") else scaled(op, context)

    return lower


def lower_plain(op: Op, context: Context) -> Step:
    """Turn arithmetic into a step."""
    ctype = CTYPES[context.output(op).dtype]
    if ctype == "int32_t":
        ends = ["INT32_MIN", "INT32_MAX"]
    elif op.kind in _EXTREMES:
        ends = ["-__builtin_inff()", "__builtin_inff()"]
    else:
        ends = [f"{end.hex()}f" for end in _ENDS[op.option("activation")]]
    return lower_binary(op, context, f"EfPlain<{_OPERATIONS[op.kind]}, {ctype}>", ends, "plain")


def lower_negate(op: Op, context: Context) -> Step:
    """Turn a change of sign into a step."""
    source, target = context.input(op), context.output(op)
    return Step(
        op,
        naming.step_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"ef_negate($in0, $out0, {source.elements});",),
        runtime=("negate",),
        reuse=in_place(op, source, target, context.graph),
    )


def lower_cast(op: Op, context: Context) -> Step:
    """Turn a change of type into a step; scales play no part in it."""
    source, target = context.input(op), context.output(op)
    made = "bool" if target.dtype == "bool" else CTYPES[target.dtype]
    return Step(
        op,
        naming.step_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"ef_cast<{made}>($in0, $out0, {source.elements});",),
        runtime=("cast",),
        reuse=in_place(op, source, target, context.graph),
    )


def lower_zeros_like(op: Op, context: Context) -> Step:
    """Turn ZEROS_LIKE into a step; TFLM writes plain zeros, not the zero point."""
    target = context.output(op)
    return Step(
        op,
        naming.step_name(op, context.graph),
        (),
        (target.index,),
        body=(f"ef_fill<{CTYPES[target.dtype]}>($out0, {target.elements}, 0);",),
        runtime=("fill",),
    )
