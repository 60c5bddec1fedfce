"""ARG_MAX and ARG_MIN: the first largest, or the first smallest, along one axis."""

from math import prod
from typing import Final

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import axis_of
from builds.compiler.operators.common.checks import axis_is_constant, result, two_inputs
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef


def places_are_int32(op: Op, graph: Graph) -> bool:
    """The input: an activation of int8 or float32; the output: int32 (output_type=tf.int32)."""
    source = graph.tensor(op.inputs[0])
    known = source.dtype in ("int8", "float32") and source.data is None
    return known and result(op, graph).dtype == "int32"


def places_fit_the_input(op: Op, graph: Graph) -> bool:
    """The output must have the input's dimensions without the axis."""
    shape = graph.tensor(op.inputs[0]).shape
    axis = int(graph.tensor(op.inputs[1]).array().reshape(-1)[0]) % len(shape)
    wanted = [size for size in shape[:axis] + shape[axis + 1 :] if size != 1]
    return wanted == [size for size in result(op, graph).shape if size != 1]


def lower_arg(op: Op, context: Context) -> LoweredOp:
    """The first largest, or the first smallest, along one axis."""
    shape = context.input(op).shape
    axis = axis_of(context.input(op, 1), context.input(op))
    sign = 1 if op.kind == "ARG_MAX" else -1
    members = [prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :]), sign]
    return chosen(op, context, "place", "EfPlace", members, ("walk", "argmax"))


def chosen(
    op: Op,
    context: Context,
    kernel: str,
    struct: str,
    members: list[int] | list[str],
    runtime: tuple[str, ...],
) -> LoweredOp:
    """Lower to a call of a kernel of `argmax.h`, with one structure of sizes."""
    name = naming.function_name(op, context.graph)
    text = f"constexpr {struct} {name}_{kernel} = {{{', '.join(map(str, members))}}};"
    return LoweredOp(
        op,
        name,
        (context.input(op).index,),
        op.outputs,
        body=(f"ef_{kernel}({name}_{kernel}, $in0, $out0);",),
        runtime=runtime,
        globals=(text,),
    )


OPDEFS: Final = tuple(
    OpDef(
        kind,
        constraints=(two_inputs, places_are_int32, axis_is_constant, places_fit_the_input),
        lower=lower_arg,
        headers=("argmax",),
        options=(table, (("output_type", 0, "i8", 0),)),
    )
    for kind, table in (("ARG_MAX", 40), ("ARG_MIN", 57))
)
