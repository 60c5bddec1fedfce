"""FILL and ZEROS_LIKE: a tensor of one value, as recurrent layers start from."""

from typing import Final

import numpy as np

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.checks import one_input, shape_is_kept, two_inputs
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_CHOSEN = frozenset({"float32", "int16", "int32", "int8"})


def fill_is_constant(op: Op, graph: Graph) -> bool:
    """The shape must be constant int32 values that the output has, the value one of its type."""
    shape, value, target = (graph.tensor(i) for i in (*op.inputs, op.outputs[0]))
    if shape.data is None or shape.dtype != "int32" or value.data is None:
        return False
    known = value.dtype == target.dtype and target.dtype in ("int8", "int16", "float32")
    same = tuple(int(v) for v in shape.array().reshape(-1)) == target.shape
    finite = target.dtype != "float32" or bool(np.isfinite(value.array()).all())
    return known and same and finite and value.elements == 1


def zeros_are_known(op: Op, graph: Graph) -> bool:
    """The output must be int8, int16, int32 or float32."""
    return graph.tensor(op.outputs[0]).dtype in _CHOSEN


def lower_fill(op: Op, context: Context) -> LoweredOp:
    """Lower a fill."""
    target, value = context.output(op), context.input(op, 1).array().reshape(-1)[0]
    text = learned(float(value) if target.dtype == "float32" else int(value))
    return LoweredOp(
        op,
        naming.function_name(op, context.graph),
        (),
        (target.index,),
        body=(f"ef_fill<{CTYPES[target.dtype]}>($out0, {target.elements}, {text});",),
        runtime=("fill",),
    )


def lower_zeros_like(op: Op, context: Context) -> LoweredOp:
    """Lower ZEROS_LIKE; TFLM writes plain zeros, not the zero point."""
    target = context.output(op)
    return LoweredOp(
        op,
        naming.function_name(op, context.graph),
        (),
        (target.index,),
        body=(f"ef_fill<{CTYPES[target.dtype]}>($out0, {target.elements}, 0);",),
        runtime=("fill",),
    )


OPDEFS: Final = (
    OpDef("FILL", constraints=(two_inputs, fill_is_constant), lower=lower_fill),
    OpDef(
        "ZEROS_LIKE",
        constraints=(one_input, zeros_are_known, shape_is_kept),
        lower=lower_zeros_like,
        shape=BROADCAST,
    ),
)
