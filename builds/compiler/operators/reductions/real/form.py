"""Sums, means and extremes of real numbers over constant axes, in TFLM's order."""

from collections.abc import Mapping
from math import prod
from typing import Final

import numpy as np

from builds.compiler.graph import Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    axes_are_constant,
    first_input_is_computed,
    output_is_reduced,
    two_inputs,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.reductions.real.checks import reduces_reals

AXES: Final = 6
_STRUCTS: Final[Mapping[str, str]] = {
    "MEAN": "EfMeanOf",
    "REDUCE_MAX": "EfLargestOf",
    "REDUCE_MIN": "EfLeastOf",
    "SUM": "EfSumOf",
}


def reduced_axes(op: Op, context: Context) -> tuple[int, ...]:
    """Give the axes that are summed over, each once, counted from the front."""
    rank = len(context.input(op).shape)
    values = np.atleast_1d(context.input(op, 1).array()).astype(np.int64).reshape(-1)
    return tuple(sorted({int(v) % rank for v in values}))


def loops(
    source: Tensor, axes: tuple[int, ...]
) -> tuple[tuple[list[int], list[int]], tuple[list[int], list[int]]]:
    """Give sizes and strides of the walk over what is kept, and of the one over what is reduced."""
    shape = (1,) * (AXES - len(source.shape)) + source.shape
    shifted = {a + AXES - len(source.shape) for a in axes}
    strides = [prod(shape[i + 1 :]) for i in range(AXES)]
    kept = [1 if i in shifted else shape[i] for i in range(AXES)]
    summed = [shape[i] if i in shifted else 1 for i in range(AXES)]
    return (kept, strides), (summed, strides)


def lower_reduce_real(op: Op, context: Context) -> LoweredOp:
    """Walk over what is kept, and inside over what is reduced."""
    source, target = context.input(op), context.output(op)
    axes = reduced_axes(op, context)
    name = naming.function_name(op, context.graph)
    rows = [row for loop in loops(source, axes) for row in loop]
    texts = ["{" + ", ".join(map(str, row)) + "}" for row in rows]
    members = ", ".join([*texts, str(prod(source.shape[a] for a in axes))])
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_reduce_real<{_STRUCTS[op.kind]}>({name}_reduce, $in0, $out0);",),
        runtime=("walk", "real", "reduce_real"),
        globals=(f"constexpr EfReduceReal {name}_reduce = {{{members}}};",),
    )


REAL_REDUCTION: Final = RealForm(
    (two_inputs, first_input_is_computed, reduces_reals, axes_are_constant, output_is_reduced),
    lower_reduce_real,
)
