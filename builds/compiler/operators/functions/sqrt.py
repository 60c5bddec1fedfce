"""SQRT of int8, as LiteRT has it, and RSQRT of int8, as TFLM has it; both of float32 too."""

import math
from typing import Final

import numpy as np

from builds.compiler.arithmetic import fixedpoint as fx
from builds.compiler.arithmetic.multiplier import Multiplier, quantize_multiplier, scale_exactly
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.lookup_table import INT8, REACH, TABLE, inputs_of, of_table
from builds.compiler.operators.common.real.form import function_of_reals
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_ROOT_SHIFT = 20  # bits that a reciprocal root keeps between its two scalings


def root_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The output's scale must be at least 2^-8, the input's root at least 2^-10."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return source.scale >= 2.0**-20 and target.scale >= 2.0**-20


def _sqrt(op: Op, source: Tensor, target: Tensor) -> list[int]:
    """Cut toward zero, as LiteRT does; it stops at what has no root, which gives zero here."""
    found = []
    for x in inputs_of(source):
        real = np.float32(source.scale) * np.float32(max(x, 0))
        root = np.float32(math.sqrt(float(real))) / np.float32(target.scale)
        found.append(fx.saturate(int(min(float(root), REACH)) + target.zero_point, INT8))
    return found


def _rsqrt(op: Op, source: Tensor, target: Tensor) -> list[int]:
    by = quantize_multiplier(1.0 / (math.sqrt(source.scale) * target.scale))
    return [_rsqrt_of(x, by, target) for x in inputs_of(source)]


def _rsqrt_of(x: int, by: Multiplier, target: Tensor) -> int:
    """Give the largest answer for zero, and for what has no root, which TFLM does not run."""
    if x <= 0:
        return INT8[1]
    value, shift = fx.inverse_root(x)
    fine = scale_exactly(1, Multiplier(value, shift + _ROOT_SHIFT))
    scaled = scale_exactly(fine, Multiplier(by.value, by.shift - _ROOT_SHIFT))
    return fx.saturate(scaled + target.zero_point, INT8)


OPDEFS: Final = (
    OpDef(
        "SQRT",
        constraints=TABLE,
        lower=of_table(_sqrt),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_root", "root_real"),
        note="TFLM has none of int8: this computes what LiteRT computes.",
    ),
    OpDef(
        "RSQRT",
        constraints=(*TABLE, root_keeps_its_range),
        lower=of_table(_rsqrt),
        headers=("inverse_real",),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_inverse_root", "root_real", "inverse_real"),
    ),
)
