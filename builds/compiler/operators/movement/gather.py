"""GATHER: slices that constant indices choose, or a look-up in a table, as an embedding is."""

from collections.abc import Callable
from math import prod
from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.checks import result, two_inputs
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, constant, fixed
from builds.compiler.operators.opdef import OpDef

_CHOSEN = frozenset({"float32", "int16", "int32", "int8"})


def rows_are_known(op: Op, graph: Graph) -> bool:
    """Input and output: one type, int8, int16, int32 or float32; input or indices computed."""
    source, chosen = (graph.tensor(i) for i in op.inputs)
    types = {source.dtype, graph.tensor(op.outputs[0]).dtype}
    return len(types) == 1 and types <= _CHOSEN and None in (source.data, chosen.data)


def indices_are_inside(op: Op, graph: Graph) -> bool:
    """Indices must be int32, inside the axis where constant, without batch dimensions."""
    shape, axis = graph.tensor(op.inputs[0]).shape, op.option("axis")
    chosen = graph.tensor(op.inputs[1])
    known = chosen.dtype == "int32" and op.option("batch_dims") == 0
    if not known or not -len(shape) <= axis < len(shape):
        return False
    size = shape[axis % len(shape)]
    return chosen.data is None or all(0 <= int(i) < size for i in chosen.array().reshape(-1))


def gathered_slices_fit(op: Op, graph: Graph) -> bool:
    """The output must have the indices' dimensions in the place of the axis."""
    shape, axis = graph.tensor(op.inputs[0]).shape, op.option("axis")
    axis %= len(shape)
    wanted = shape[:axis] + graph.tensor(op.inputs[1]).shape + shape[axis + 1 :]
    return wanted == result(op, graph).shape


def look_up_or(moved: Callable[[Op, Context], LoweredOp]) -> Callable[[Op, Context], LoweredOp]:
    """Lower computed indices here, and constant ones as `moved` says."""

    def lower(op: Op, context: Context) -> LoweredOp:
        computed = context.input(op, 1).data is None
        return lower_look_up(op, context) if computed else moved(op, context)

    return lower


def lower_look_up(op: Op, context: Context) -> LoweredOp:
    """Lower a look-up; the table may be constant or computed."""
    table, chosen = context.input(op), context.input(op, 1)
    axis = op.option("axis") % len(table.shape)
    name = naming.function_name(op, context.graph)
    shape, ctype = table.shape, CTYPES[table.dtype]
    members = (prod(shape[:axis]), shape[axis], chosen.elements, prod(shape[axis + 1 :]))
    fixed = table.data is not None
    rows = (constant(f"{name}_rows", ctype, table.array().reshape(-1)),) if fixed else ()
    text = f"{name}_rows" if fixed else "$in1"
    return LoweredOp(
        op,
        name,
        (chosen.index,) if fixed else (chosen.index, table.index),
        op.outputs,
        body=(f"ef_look_up({name}_at, $in0, {text}, $out0);",),
        runtime=("look_up",),
        arrays=rows,
        globals=(f"constexpr EfLookUp {name}_at = {{{', '.join(map(str, members))}}};",),
    )


def lower_gather(op: Op, context: Context) -> LoweredOp:
    """Copy the slices that constant indices choose."""
    source, chosen = context.input(op), context.input(op, 1)
    axis = op.option("axis") % len(source.shape)
    name = naming.function_name(op, context.graph)
    shape = source.shape
    members = (prod(shape[:axis]), shape[axis], chosen.elements, prod(shape[axis + 1 :]))
    ctype = CTYPES[source.dtype]
    return LoweredOp(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_pick<{ctype}>({name}_pick, {name}_chosen, $in0, $out0);",),
        runtime=("words", "move", "pick"),
        arrays=(fixed(f"{name}_chosen", "int32_t", chosen.array().reshape(-1)),),
        globals=(f"constexpr EfPick {name}_pick = {{{', '.join(map(str, members))}}};",),
    )


OPDEFS: Final = (
    OpDef(
        "GATHER",
        constraints=(two_inputs, rows_are_known, indices_are_inside, gathered_slices_fit),
        lower=look_up_or(lower_gather),
        headers=("look_up",),
        options=(23, (("axis", 0, "i32", 0), ("batch_dims", 1, "i32", 0))),
    ),
)
