"""Operators that choose among elements: REDUCE_MAX and its kind, of bools too, and ARG_MAX."""

from dataclasses import replace
from math import prod

from builds.compiler.graph import Op
from builds.compiler.kernels.elementwise.reduce import reduced_axes
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step
from builds.compiler.kernels.movement.move import axis_of

AXES = 6


def lower_reduce_extreme(op: Op, context: Context) -> Step:
    """Walk over the kept axes, and inside over the others; of bools the largest says if any is."""
    source = context.input(op)
    axes = {axis + AXES - len(source.shape) for axis in reduced_axes(op, context)}
    shape = (1,) * (AXES - len(source.shape)) + source.shape
    steps = [prod(shape[i + 1 :]) for i in range(AXES)]
    kept = [1 if i in axes else size for i, size in enumerate(shape)]
    seen = [size if i in axes else 1 for i, size in enumerate(shape)]
    rows = ["{" + ", ".join(map(str, row)) + "}" for row in (kept, steps, seen, steps)]
    step = _step(op, context, "largest", "EfLargest", rows, ("walk", "choose"))
    sign = 1 if op.kind in ("REDUCE_MAX", "REDUCE_ANY") else -1
    call = f"ef_largest<{sign}>({step.name}_largest, $in0, $out0);"
    return replace(step, body=(call,))


def lower_arg(op: Op, context: Context) -> Step:
    """The first largest, or the first smallest, along one axis."""
    shape = context.input(op).shape
    axis = axis_of(context.input(op, 1), context.input(op))
    sign = 1 if op.kind == "ARG_MAX" else -1
    members = [prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :]), sign]
    return _step(op, context, "place", "EfPlace", members, ("walk", "choose"))


def _step(
    op: Op,
    context: Context,
    kernel: str,
    struct: str,
    members: list[int] | list[str],
    runtime: tuple[str, ...],
) -> Step:
    name = naming.step_name(op, context.graph)
    text = f"constexpr {struct} {name}_{kernel} = {{{', '.join(map(str, members))}}};"
    return Step(
        op,
        name,
        (context.input(op).index,),
        op.outputs,
        body=(f"ef_{kernel}({name}_{kernel}, $in0, $out0);",),
        runtime=runtime,
        globals=(text,),
    )
