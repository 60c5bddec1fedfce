"""MEAN and SUM over constant axes."""

from math import prod
from typing import Final

from builds.compiler.arithmetic.multiplier import Multiplier, quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    INTEGERS,
    axes_are_constant,
    first,
    output_is_reduced,
    result,
    two_inputs,
)
from builds.compiler.operators.common.learned_value import learned, learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.reductions.real.form import REAL_REDUCTION, loops, reduced_axes


def sum_is_bounded(op: Op, graph: Graph) -> bool:
    """At most 2^22 elements may be added into one result, and 2^15 of int16."""
    most = 1 << 15 if first(op, graph).dtype == "int16" else 1 << 22
    return first(op, graph).elements // max(result(op, graph).elements, 1) <= most


def lower_reduce(op: Op, context: Context) -> LoweredOp:
    """Lower a mean or a sum."""
    source, target = context.input(op), context.output(op)
    axes = reduced_axes(op, context)
    count = prod(source.shape[a] for a in axes)
    scaling = quantize_multiplier(source.scale / target.scale)
    if op.kind == "MEAN":
        scaling = _divided(scaling, count)
    name = naming.function_name(op, context.graph)
    if axes == tuple(range(axes[0], axes[-1] + 1)):
        return _lower_middle(op, context, axes, scaling)
    outer, inner = loops(source, axes)
    members = [
        _braced(outer[0]), _braced(outer[1]), _braced(inner[0]), _braced(inner[1]),
        *learned_all((-source.zero_point * count, scaling.value, scaling.shift)),
        learned(target.zero_point),
    ]  # fmt: skip
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_reduce({name}_reduce, $in0, $out0);",),
        runtime=("walk", "reduce"),
        globals=(f"constexpr EfReduce {name}_reduce = {{{', '.join(members)}}};",),
    )


def _lower_middle(
    op: Op, context: Context, axes: tuple[int, ...], scaling: Multiplier
) -> LoweredOp:
    """Sum over neighbouring axes."""
    source, target = context.input(op), context.output(op)
    name, shape = naming.function_name(op, context.graph), source.shape
    sizes = [prod(shape[: axes[0]]), prod(shape[a] for a in axes), prod(shape[axes[-1] + 1 :])]
    numbers = (-source.zero_point * sizes[1], scaling.value, scaling.shift, target.zero_point)
    members = ", ".join([*map(str, sizes), *learned_all(numbers)])
    kernel = "ef_reduce_last" if sizes[2] == 1 else "ef_reduce_middle"
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"{kernel}({name}_reduce, $in0, $out0);",),
        runtime=("words", "unroll", "sums", "middle_axes"),
        globals=(f"constexpr EfReduceMiddle {name}_reduce = {{{members}}};",),
    )


def _divided(scaling: Multiplier, count: int) -> Multiplier:
    shift = min(63 - (64 - count.bit_length()), 32, 31 + scaling.shift)
    return Multiplier((scaling.value << shift) // count, scaling.shift - shift)


def _braced(values: list[int]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"


OPDEFS: Final = tuple(
    OpDef(
        kind,
        constraints=(two_inputs, *INTEGERS, axes_are_constant, output_is_reduced, sum_is_bounded),
        lower=lower_reduce,
        headers=("reduce", "middle_axes", "reduce_real"),
        options=(27, (("keep_dims", 0, "bool", False),)),
        real=REAL_REDUCTION,
    )
    for kind in ("MEAN", "SUM")
)
