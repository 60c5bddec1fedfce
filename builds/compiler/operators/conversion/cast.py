"""CAST: scales play no part in it."""

from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.checks import (
    first_input_is_computed,
    one_input,
    shape_is_kept,
    types_of,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.rescale import one_to_one
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_CAST = frozenset({"bool", "float32", "int16", "int32", "int8"})


def cast_types_are_known(op: Op, graph: Graph) -> bool:
    """It goes between bool, int8, int16, int32 and float32."""
    return types_of(op, graph) <= _CAST


def lower_cast(op: Op, context: Context) -> LoweredOp:
    """Lower a change of type; scales play no part in it."""
    source, target = context.input(op), context.output(op)
    made = "bool" if target.dtype == "bool" else CTYPES[target.dtype]
    return one_to_one(op, context, f"ef_cast<{made}>($in0, $out0, {source.elements});", "cast")


OPDEFS: Final = (
    OpDef(
        "CAST",
        constraints=(one_input, first_input_is_computed, cast_types_are_known, shape_is_kept),
        lower=lower_cast,
        headers=("cast",),
        shape=BROADCAST,
        function_of=1,
    ),
)
