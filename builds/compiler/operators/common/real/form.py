"""What operators of real numbers share: what they are asked, their ends, how they are lowered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.checks import (
    Constraint,
    first_input_is_computed,
    one_input,
    shape_is_kept,
    types_of,
)
from builds.compiler.operators.common.lowered_op import Context, Lower, LoweredOp
from builds.compiler.operators.common.rescale import one_to_one


@dataclass(frozen=True)
class RealForm:
    """How an operator is computed whose result is float32: what is asked of it, its lowering."""

    constraints: tuple[Constraint, ...]
    lower: Lower


_LARGEST: Final = float(np.finfo(np.float32).max)
ENDS: Final[Mapping[int, tuple[float, float]]] = {
    0: (-_LARGEST, _LARGEST),
    1: (0.0, _LARGEST),
    2: (-1.0, 1.0),
    3: (0.0, 6.0),
}
"""What fused activations leave, infinities cut as TFLM cuts them."""


def operands_are_real(op: Op, graph: Graph) -> bool:
    """In float32, all operands must be float32."""
    return types_of(op, graph) == {"float32"}


def only_in_real_numbers(op: Op, graph: Graph) -> bool:
    """It is computed in float32 only; dequantise what goes into it."""
    return False


def only_a_table_in_integers(op: Op, graph: Graph) -> bool:
    """It is computed in float32; between DEQUANTIZE and QUANTIZE it is a table."""
    return False


def ends_of(op: Op) -> list[str]:
    """Print the ends that the fused activation leaves."""
    return [f"{end.hex()}f" for end in ENDS[int(op.options.get("activation", 0))]]


def function_of_reals(kernel: str, *headers: str) -> RealForm:
    """Make the form of a function of one element; `kernel` is the C++ of it."""

    def lower(op: Op, context: Context) -> LoweredOp:
        call = f"ef_each_real<{kernel}>($in0, $out0, {context.input(op).elements});"
        return one_to_one(op, context, call, "real", *headers, "each_real")

    return RealForm(REAL_FUNCTION, lower)


REAL_FUNCTION: Final[tuple[Constraint, ...]] = (
    one_input,
    first_input_is_computed,
    operands_are_real,
    shape_is_kept,
)
