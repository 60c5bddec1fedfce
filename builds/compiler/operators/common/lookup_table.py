"""Functions of one int8: 256 answers worked out at compile time.

With TFLM's fixed-point steps, or in real numbers where TFLM or LiteRT fills its table so.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from builds.compiler.arithmetic import fixedpoint as fx
from builds.compiler.arithmetic.multiplier import round_half_away
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import FUNCTION
from builds.compiler.operators.common.lowered_op import Context, Lower, LoweredOp, constant
from builds.compiler.operators.common.rescale import one_to_one

INT8 = (-128, 127)
REACH = 1e6  # beyond what any int8 holds
Function = Callable[[Op, Tensor, Tensor], list[int]]


def table_op(op: Op, context: Context, values: list[int]) -> LoweredOp:
    """Lower 256 answers."""
    name = naming.function_name(op, context.graph)
    table = constant(f"{name}_table", "int8_t", values)
    call = f"ef_table({table.name}, $in0, $out0, {context.input(op).elements});"
    return one_to_one(op, context, call, "lookup_table", arrays=(table,))


def inputs_of(source: Tensor) -> list[int]:
    """Give the 256 inputs without their zero point, from the lowest."""
    return [q - source.zero_point for q in range(-128, 128)]


def of_reals(function: Callable[[Op, float], float]) -> Function:
    """Fill a table in float32, rounded as C rounds, halves away from zero."""

    def values(op: Op, source: Tensor, target: Tensor) -> list[int]:
        scale, inverse = np.float32(source.scale), np.float32(1) / np.float32(target.scale)
        found = []
        for x in inputs_of(source):
            answer = np.float32(function(op, float(scale * np.float32(x))))
            scaled = float(np.clip(answer * inverse, -REACH, REACH))
            found.append(fx.saturate(round_half_away(scaled) + target.zero_point, INT8))
        return found

    return values


def scales_are_moderate(op: Op, graph: Graph) -> bool:
    """Scales: from 2^-40 to 16, the input's at most 2^20 times the output's; slopes: 1024."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    slope = float(op.options.get("alpha", 0.0))
    inside = all(2.0**-40 <= t.scale <= 16 for t in (source, target))
    return inside and source.scale <= target.scale * 2.0**20 and abs(slope) <= 1024


def of_table(values: Function, wide: Lower | None = None) -> Lower:
    """Lower a function of int8 to its table, and one of int16 as `wide` says."""

    def lower(op: Op, context: Context) -> LoweredOp:
        source, target = context.input(op), context.output(op)
        if wide and source.dtype == "int16":
            return wide(op, context)
        return table_op(op, context, values(op, source, target))

    return lower


TABLE: Final = (*FUNCTION, scales_are_moderate)
