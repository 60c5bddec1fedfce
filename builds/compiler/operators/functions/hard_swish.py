"""HARD_SWISH of int8, and of float32."""

from typing import Final

import numpy as np

from builds.compiler.arithmetic import fixedpoint as fx
from builds.compiler.arithmetic.multiplier import Multiplier, quantize_multiplier
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.lookup_table import INT8, TABLE, inputs_of, of_table
from builds.compiler.operators.common.real.form import function_of_reals
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def swish_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The input's scale must be less than 128 times the output's, as TFLM wants it."""
    return graph.tensor(op.inputs[0]).scale < 128 * graph.tensor(op.outputs[0]).scale


def _hard_swish(op: Op, source: Tensor, target: Tensor) -> list[int]:
    fine = np.float32(1.0 / 128.0) * np.float32(source.scale)
    out = quantize_multiplier(float(fine / np.float32(target.scale)))
    relu = quantize_multiplier(float(fine / (np.float32(3.0) / np.float32(32768.0))))
    return [_hard_swish_of(x, out, relu, target) for x in inputs_of(source)]


def _hard_swish_of(x: int, out: Multiplier, relu: Multiplier, target: Tensor) -> int:
    hires = x * 128
    scaled = fx.high_multiply16(hires, _to_16_bits(out))
    gate = hires
    if relu.shift > 0:
        gate = fx.saturate(gate << (relu.shift - 1), fx.INT16)
    gate = fx.high_multiply16(gate, _to_16_bits(relu))
    if relu.shift > 0:
        gate = fx.saturate(gate << 1, fx.INT16)
    if relu.shift < 0:
        gate = fx.divide_round(gate, -relu.shift)
    product = fx.high_multiply16_truncating((gate + (1 << 15)) >> 1, scaled)
    value = fx.divide_round(product, max(-out.shift, 0))
    return fx.saturate(value + target.zero_point, INT8)


def _to_16_bits(by: Multiplier) -> int:
    rounding = 1 << 15
    return fx.INT16[1] if by.value >= fx.INT32[1] - rounding else (by.value + rounding) >> 16


OPDEFS: Final = (
    OpDef(
        "HARD_SWISH",
        constraints=(*TABLE, swish_keeps_its_range),
        lower=of_table(_hard_swish),
        shape=BROADCAST,
        function_of=1,
        headers=("steps_real",),
        real=function_of_reals("ef_hard_swish", "steps_real"),
    ),
)
