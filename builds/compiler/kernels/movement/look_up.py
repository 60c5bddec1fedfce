"""GATHER with computed indices: a look-up in a table, as an embedding is."""

from collections.abc import Callable
from math import prod

from builds.compiler.graph import Op
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES
from builds.compiler.kernels.lowering.step import Context, Step, constant


def look_up_or(moved: Callable[[Op, Context], Step]) -> Callable[[Op, Context], Step]:
    """Lower computed indices here, and constant ones as `moved` says."""

    def lower(op: Op, context: Context) -> Step:
        computed = context.input(op, 1).data is None
        return lower_look_up(op, context) if computed else moved(op, context)

    return lower


def lower_look_up(op: Op, context: Context) -> Step:
    """Turn a look-up into a step; the table may be constant or computed."""
    table, chosen = context.input(op), context.input(op, 1)
    axis = op.option("axis") % len(table.shape)
    name = naming.step_name(op, context.graph)
    shape, ctype = table.shape, CTYPES[table.dtype]
    members = (prod(shape[:axis]), shape[axis], chosen.elements, prod(shape[axis + 1 :]))
    fixed = table.data is not None
    rows = (constant(f"{name}_rows", ctype, table.array().reshape(-1)),) if fixed else ()
    text = f"{name}_rows" if fixed else "$in1"
    return Step(
        op,
        name,
        (chosen.index,) if fixed else (chosen.index, table.index),
        op.outputs,
        body=(f"ef_look_up({name}_at, $in0, {text}, $out0);",),
        runtime=("look_up",),
        arrays=rows,
        globals=(f"constexpr EfLookUp {name}_at = {{{', '.join(map(str, members))}}};",),
    )
