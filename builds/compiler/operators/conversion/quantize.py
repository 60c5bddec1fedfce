"""QUANTIZE: a change of scale or of type, or a table for functions of real numbers."""

from typing import Final

from builds.compiler.arithmetic.multiplier import RANGES, quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.checks import (
    activations_have_one_scale,
    first,
    one_input,
    result,
    shape_is_kept,
)
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lookup_table import table_op
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.rescale import one_to_one, rescale
from builds.compiler.operators.functions.reals import answers
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

QUANTIZED = ("int8", "int16")


def quantises_to_int8(op: Op, graph: Graph) -> bool:
    """From float32 or int32 to int8 or int16; from those to each other and int32; int8 <> uint8."""
    a, b = first(op, graph), result(op, graph)
    scaled = b.quantization is not None and (a.dtype == "float32" or a.quantization is not None)
    narrowed = a.dtype in (*QUANTIZED, "float32", "int32") and b.dtype in QUANTIZED
    widened = a.dtype in QUANTIZED and b.dtype == "int32"
    return scaled and (narrowed or widened or {a.dtype, b.dtype} == {"int8", "uint8"})


def lower_quantize(op: Op, context: Context) -> LoweredOp:
    """Lower a change of scale, or of type,."""
    source, target = context.input(op), context.output(op)
    if op.functions:
        return table_op(op, context, answers(op.functions, source, target) or [])
    if source.dtype == "float32":
        members = f"{learned(target.scale)}, {learned(target.zero_point)}"
        return one_to_one(
            op, context, f"ef_quantize($in0, $out0, {source.elements}, {members});", "quantize"
        )
    scaling = quantize_multiplier(source.scale / target.scale)
    return rescale(
        op, context, scaling, (source.zero_point, target.zero_point), RANGES[target.dtype]
    )


OPDEFS: Final = (
    OpDef(
        "QUANTIZE",
        constraints=(one_input, quantises_to_int8, activations_have_one_scale, shape_is_kept),
        lower=lower_quantize,
        headers=("quantize",),
        shape=BROADCAST,
        function_of=1,
    ),
)
