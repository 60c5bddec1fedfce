"""REDUCE_MAX, REDUCE_MIN, and of bools REDUCE_ANY, REDUCE_ALL."""

from dataclasses import replace
from math import prod
from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.checks import (
    ACTIVATION,
    axes_are_constant,
    output_is_reduced,
    scale_is_kept,
    two_inputs,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef, Options
from builds.compiler.operators.reductions.arg_max import chosen
from builds.compiler.operators.reductions.real.form import REAL_REDUCTION, reduced_axes

_AXES = 6


def bools_are_reduced(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output must be bool."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return source.data is None and source.dtype == target.dtype == "bool"


def lower_reduce_extreme(op: Op, context: Context) -> LoweredOp:
    """Walk over the kept axes, and inside over the others; of bools the largest says if any is."""
    source = context.input(op)
    axes = {axis + _AXES - len(source.shape) for axis in reduced_axes(op, context)}
    shape = (1,) * (_AXES - len(source.shape)) + source.shape
    steps = [prod(shape[i + 1 :]) for i in range(_AXES)]
    kept = [1 if i in axes else size for i, size in enumerate(shape)]
    seen = [size if i in axes else 1 for i, size in enumerate(shape)]
    rows = ["{" + ", ".join(map(str, row)) + "}" for row in (kept, steps, seen, steps)]
    step = chosen(op, context, "largest", "EfLargest", rows, ("walk", "argmax"))
    sign = 1 if op.kind in ("REDUCE_MAX", "REDUCE_ANY") else -1
    call = f"ef_largest<{sign}>({step.name}_largest, $in0, $out0);"
    return replace(step, body=(call,))


_OPTIONS: Final[Options] = (27, (("keep_dims", 0, "bool", False),))
_OF_INTEGERS: Final = (two_inputs, *ACTIVATION, axes_are_constant, output_is_reduced, scale_is_kept)
_OF_BOOLS: Final = (two_inputs, bools_are_reduced, axes_are_constant, output_is_reduced)
OPDEFS: Final = (
    *(
        OpDef(
            kind,
            constraints=_OF_INTEGERS,
            lower=lower_reduce_extreme,
            headers=("argmax", "reduce_real"),
            options=_OPTIONS,
            real=REAL_REDUCTION,
        )
        for kind in ("REDUCE_MAX", "REDUCE_MIN")
    ),
    OpDef(
        "REDUCE_ALL",
        constraints=_OF_BOOLS,
        lower=lower_reduce_extreme,
        headers=("argmax",),
        options=_OPTIONS,
    ),
    OpDef(
        "REDUCE_ANY",
        constraints=_OF_BOOLS,
        lower=lower_reduce_extreme,
        headers=("argmax",),
        options=_OPTIONS,
        resolver=None,
        note="TFLM has none: this computes what LiteRT computes.",
    ),
)
