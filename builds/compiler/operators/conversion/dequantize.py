"""DEQUANTIZE: integers become real numbers."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.checks import (
    activations_have_one_scale,
    first,
    one_input,
    result,
    shape_is_kept,
)
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.conversion.quantize import QUANTIZED
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def dequantises_int8(op: Op, graph: Graph) -> bool:
    """The input must be int8, uint8 or int16 with one scale, and the output float32."""
    a, b = first(op, graph), result(op, graph)
    return a.dtype in (*QUANTIZED, "uint8") and a.quantization is not None and b.dtype == "float32"


def lower_dequantize(op: Op, context: Context) -> LoweredOp:
    """Turn integers into real numbers."""
    source = context.input(op)
    members = f"{source.elements}, {learned(source.scale)}, {learned(source.zero_point)}"
    return one_to_one(op, context, f"ef_dequantize($in0, $out0, {members});", "dequantize")


OPDEFS: Final = (
    OpDef(
        "DEQUANTIZE",
        constraints=(one_input, dequantises_int8, activations_have_one_scale, shape_is_kept),
        lower=lower_dequantize,
        headers=("dequantize",),
        shape=BROADCAST,
        function_of=1,
    ),
)
