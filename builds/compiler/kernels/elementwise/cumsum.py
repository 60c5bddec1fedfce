"""CUMSUM: sums that run along one axis, forwards or backwards."""

from math import prod

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Op
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step, in_place
from builds.compiler.kernels.lowering.trained import trained_all
from builds.compiler.kernels.movement.move import axis_of

LEFT = 20  # bits that an int8 gains before it is added; it is halved as well


def lower_cumsum(op: Op, context: Context) -> Step:
    """Turn running sums into a step."""
    source, target = context.input(op), context.output(op)
    name, shape = naming.step_name(op, context.graph), source.shape
    axis = axis_of(context.input(op, 1), source)
    first, step = (shape[axis] - 1, -1) if op.options["reverse"] else (0, 1)
    sizes = (prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :]), first, step)
    members = ", ".join(map(str, (*sizes, int(op.options["exclusive"]))))
    texts = [f"constexpr EfCumsum {name}_sum = {{{members}}};"]
    call = f"ef_cumsum_real({name}_sum, $in0, $out0);"
    if source.dtype == "int8":
        by = quantize_multiplier(2.0 * source.scale / ((1 << LEFT) * target.scale))
        scale = trained_all((source.zero_point, by.value, by.shift, target.zero_point))
        texts.append(f"constexpr EfCumsumScale {name}_scale = {{{', '.join(scale)}}};")
        call = f"ef_cumsum({name}_sum, {name}_scale, $in0, $out0);"
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(call,),
        runtime=("cumsum",),
        globals=tuple(texts),
        reuse=in_place(op, source, target, context.graph) if step == 1 else (),
    )
