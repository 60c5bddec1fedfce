"""FLOOR_DIV and FLOOR_MOD, which TFLM has of float32 only."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.binary import (
    OPERANDS,
    comparisons_broadcast,
    lower_binary,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import (
    RealForm,
    only_in_real_numbers,
    operands_are_real,
)
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def divisor_is_constant(op: Op, graph: Graph) -> bool:
    """The divisor must be constant and nowhere zero: TFLM ends a run that divides by zero."""
    divisor = graph.tensor(op.inputs[1])
    return divisor.data is not None and bool(divisor.array().all())


def _lowered(struct: str, file: str) -> Callable[[Op, Context], LoweredOp]:
    def lower(op: Op, context: Context) -> LoweredOp:
        step = lower_binary(op, context, struct, ["0"], file)
        return replace(step, runtime=("real", *step.runtime))

    return lower


_REAL: Final = (*OPERANDS, operands_are_real, comparisons_broadcast)
_DIV: Final = RealForm((*_REAL, divisor_is_constant), _lowered("EfFloorDivReal", "floor_div_real"))
_MOD: Final = RealForm(_REAL, _lowered("EfFloorModReal", "remainder_real"))
OPDEFS: Final = (
    OpDef(
        "FLOOR_DIV",
        constraints=(only_in_real_numbers,),
        lower=_DIV.lower,
        headers=("floor_div_real",),
        shape=BROADCAST,
        real=_DIV,
    ),
    OpDef(
        "FLOOR_MOD",
        constraints=(only_in_real_numbers,),
        lower=_MOD.lower,
        headers=("remainder_real",),
        shape=BROADCAST,
        real=_MOD,
    ),
)
