"""SOFTMAX over the last axis: int8 to int8 or int16, int16 to int16, and float32."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from builds.compiler.arithmetic import fixedpoint
from builds.compiler.arithmetic.multiplier import Multiplier, quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    activations_have_one_scale,
    first,
    first_input_is_computed,
    one_input,
    result,
    shape_is_kept,
)
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import (
    Array,
    Context,
    LoweredOp,
    constant,
    fixed,
    in_place,
)
from builds.compiler.operators.common.real.form import REAL_FUNCTION, RealForm
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_INTEGER_BITS = 5  # of a scaled difference, Q5.26
_LARGEST = (1 << 31) - 1
_MANY = 128  # elements from which on a table of exponentials is worth its flash
_SEGMENTS = 512  # of a table with interpolation
_REACH = 10.0  # differences beyond this count as nothing in 16 bits
_FUNCTIONS: dict[str, tuple[Callable[[np.float32], np.float32], float, float]] = {
    "exponential": (np.exp, -_REACH, 0.0),
    "reciprocal": (lambda x: np.float32(1) / (np.float32(1) + x), 0.0, 1.0),
}
_SOFTMAX_DEPTH = 4096  # more terms could overflow the sum in Q12.19
_SOFTMAX_OUTPUTS = {
    ("int8", "int8"): (1.0 / 256, -128),
    ("int8", "int16"): (1.0 / 65536, -32768),
    ("int16", "int16"): (1.0 / 32768, 0),
}


def softmax_types_are_known(op: Op, graph: Graph) -> bool:
    """Softmax goes from int8 to int8 or int16, or from int16 with zero point 0 to int16."""
    source, target = first(op, graph), result(op, graph)
    scaled = source.quantization is not None and target.quantization is not None
    symmetric = source.dtype == "int8" or source.zero_point == 0
    return scaled and symmetric and (source.dtype, target.dtype) in _SOFTMAX_OUTPUTS


def softmax_scale_is_fixed(op: Op, graph: Graph) -> bool:
    """The output must have scale 1/256 and zero point -128, or what TFLM fixes for int16."""
    source, target = first(op, graph), result(op, graph)
    scale, zero = _SOFTMAX_OUTPUTS[source.dtype, target.dtype]
    near = target.scale == scale or (
        target.dtype == "int16" and abs(target.scale - scale) <= scale / 1024
    )
    return near and target.zero_point == zero


def softmax_depth_is_bounded(op: Op, graph: Graph) -> bool:
    """The last dimension must have at most 4096 entries, and beta must be positive."""
    source = first(op, graph)
    beta = float(op.options["beta"])
    return bool(source.shape) and source.shape[-1] <= _SOFTMAX_DEPTH and 0 < beta <= 1024


def softmax_range_is_representable(op: Op, graph: Graph) -> bool:
    """Input scale times beta: from 2^-26, where TFLM stops (train first), to 2 for int16."""
    reach = first(op, graph).scale * float(op.options["beta"])
    return reach > 2.0**-26 and (first(op, graph).dtype == "int8" or reach <= 2)


def lower_softmax(op: Op, context: Context) -> LoweredOp:
    """Lower a softmax."""
    if context.input(op).dtype == "int16":
        return _lower_wide(op, context)
    source = context.input(op)
    scaling = softmax_multiplier(source.scale, float(op.options["beta"]))
    smallest = -math.floor((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS))
    smallest = -(-smallest >> scaling.shift)
    if source.elements >= _MANY:
        return _lower_table(op, context, scaling, smallest)
    members = learned_all((scaling.value, scaling.shift, smallest))
    files = ("exponential", "exponential_terms", "softmax8")
    return _lowered(op, context, "EfSoftmax", members, "ef_softmax", files)


def _lower_table(op: Op, context: Context, scaling: Multiplier, smallest: int) -> LoweredOp:
    """Look exponentials up; with weights apart the table has room for any training's."""
    count = min(256, 1 - smallest)
    terms = [softmax_term(scaling, -n) for n in range(count)]
    if context.apart:
        terms += [0] * (256 - count)
    table = constant(f"{naming.function_name(op, context.graph)}_terms", "int32_t", terms)
    members = [table.name, str(len(terms))]
    files = ("exponential", "exponential_table", "softmax8")
    return _lowered(op, context, "EfSoftmaxTable", members, "ef_softmax", files, (table,))


def softmax_term(scaling: Multiplier, difference: int) -> int:
    """Give the exponential of a scaled difference, in Q0.31."""
    scaled = fixedpoint.high_multiply(difference << scaling.shift, scaling.value)
    return fixedpoint.exponential(scaled, _INTEGER_BITS)


def _lower_wide(op: Op, context: Context) -> LoweredOp:
    source = context.input(op)
    real = source.scale * float(op.options["beta"]) / (_REACH / 65535.0)
    scaling = quantize_multiplier(real)
    name = naming.function_name(op, context.graph)
    tables = tuple(fixed(f"{name}_{f}", "int16_t", table_of(f)) for f in _FUNCTIONS)
    members = [*learned_all((scaling.value, scaling.shift)), *(t.name for t in tables)]
    return _lowered(op, context, "EfSoftmax16", members, "ef_softmax16", ("softmax16",), tables)


def _lowered(
    op: Op,
    context: Context,
    struct: str,
    members: Sequence[object],
    kernel: str,
    runtime: tuple[str, ...],
    arrays: tuple[Array, ...] = (),
) -> LoweredOp:
    source, target = context.input(op), context.output(op)
    name, depth = naming.function_name(op, context.graph), source.shape[-1]
    texts = ", ".join(map(str, [source.elements // depth, depth, *members]))
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"{kernel}({name}_softmax, $in0, $out0);",),
        runtime=runtime,
        arrays=arrays,
        globals=(f"constexpr {struct} {name}_softmax = {{{texts}}};",),
        reuse=in_place(op, source, target, context.graph),
    )


def beta_is_positive(op: Op, graph: Graph) -> bool:
    """There must be a dimension, and beta must be positive."""
    return bool(first(op, graph).shape) and 0 < float(op.options["beta"]) <= 1024


def _lower_real(op: Op, context: Context) -> LoweredOp:
    beta = float(np.float32(op.options["beta"])).hex()
    files = ("real", "exp_real", "softmax_real")
    return _lowered(op, context, "EfSoftmaxReal", [f"{beta}f"], "ef_softmax_real", files)


def softmax_multiplier(scale: float, beta: float) -> Multiplier:
    """Scale of a difference in Q5.26, kept below 2^31."""
    real = min(beta * scale * (1 << (31 - _INTEGER_BITS)), float(_LARGEST))
    return quantize_multiplier(real)


def table_of(name: str) -> list[int]:
    """Give a function in Q0.15 at the ends of its segments, moved so that middles err least.

    In float32 throughout, as TFLM fills its tables.
    """
    function, first, last = _FUNCTIONS[name]
    step = np.float32((last - first) / _SEGMENTS)
    one = np.float32(1 << 15)
    ends = [np.float32(first) + np.float32(i) * step for i in range(_SEGMENTS + 1)]
    samples = [function(x) * one for x in ends[:-1]] + [function(np.float32(last)) * one]
    middles = [_round(function(x + step / np.float32(2)) * one) for x in ends[:-1]]
    values = []
    for i, middle in enumerate(middles):
        following = function(ends[i + 1]) * one
        straight = _round((following + _round(samples[i])) / np.float32(2))
        values.append(_round(samples[i]) - _round((straight - middle) / np.float32(2)))
    values.append(_round(samples[-1]))
    return [min(max(int(v), -(1 << 15)), (1 << 15) - 1) for v in values]


def _round(value: np.float32) -> np.float32:
    """Round halves away from zero."""
    return np.float32(np.copysign(np.floor(np.abs(np.float64(value)) + 0.5), value))


OPDEFS: Final = (
    OpDef(
        "SOFTMAX",
        constraints=(
            one_input,
            first_input_is_computed,
            softmax_types_are_known,
            activations_have_one_scale,
            shape_is_kept,
            softmax_scale_is_fixed,
            softmax_depth_is_bounded,
            softmax_range_is_representable,
        ),
        lower=lower_softmax,
        headers=(
            *("softmax8", "softmax16", "exponential_table", "exponential_terms"),
            "softmax_real",
        ),
        options=(9, (("beta", 0, "f32", 0.0),)),
        shape=BROADCAST,
        real=RealForm((*REAL_FUNCTION, beta_is_positive), _lower_real),
    ),
)
