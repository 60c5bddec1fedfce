"""CUMSUM: sums that run along one axis, forwards or backwards."""

from math import prod
from typing import Final

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import axis_of
from builds.compiler.operators.common.checks import axis_is_constant, shape_is_kept, two_inputs
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, in_place
from builds.compiler.operators.opdef import OpDef

LEFT = 20  # bits that an int8 gains before it is added; it is halved as well


def sums_are_int8_or_real(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output must be int8 with one scale each, or both float32."""
    tensors = [graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])]
    types = {t.dtype for t in tensors}
    scaled = types == {"int8"} and all(len(t.scales) == 1 for t in tensors)
    return tensors[0].data is None and (scaled or types == {"float32"})


def running_sum_keeps_its_range(op: Op, graph: Graph) -> bool:
    """The input's scale must be less than 2^18 times the output's."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return source.dtype != "int8" or source.scale < target.scale * 2.0**18


def lower_cumsum(op: Op, context: Context) -> LoweredOp:
    """Lower running sums."""
    source, target = context.input(op), context.output(op)
    name, shape = naming.function_name(op, context.graph), source.shape
    axis = axis_of(context.input(op, 1), source)
    first, step = (shape[axis] - 1, -1) if op.options["reverse"] else (0, 1)
    sizes = (prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :]), first, step)
    members = ", ".join(map(str, (*sizes, int(op.options["exclusive"]))))
    texts = [f"constexpr EfCumsum {name}_sum = {{{members}}};"]
    call = f"ef_cumsum_real({name}_sum, $in0, $out0);"
    if source.dtype == "int8":
        by = quantize_multiplier(2.0 * source.scale / ((1 << LEFT) * target.scale))
        scale = learned_all((source.zero_point, by.value, by.shift, target.zero_point))
        texts.append(f"constexpr EfCumsumScale {name}_scale = {{{', '.join(scale)}}};")
        call = f"ef_cumsum({name}_sum, {name}_scale, $in0, $out0);"
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(call,),
        runtime=("cumsum",),
        globals=tuple(texts),
        reuse=in_place(op, source, target, context.graph) if step == 1 else (),
    )


OPDEFS: Final = (
    OpDef(
        "CUMSUM",
        constraints=(
            two_inputs,
            sums_are_int8_or_real,
            shape_is_kept,
            axis_is_constant,
            running_sum_keeps_its_range,
        ),
        lower=lower_cumsum,
        headers=("cumsum",),
        options=(102, (("exclusive", 0, "bool", False), ("reverse", 1, "bool", False))),
        resolver="AddCumSum",
    ),
)
