"""One element in, one element out: RELU and its kind, QUANTIZE, DEQUANTIZE."""

from builds.compiler.arithmetic.multiplier import (
    RANGES,
    Multiplier,
    clamp_range,
    quantize_multiplier,
)
from builds.compiler.graph import Op
from builds.compiler.kernels.elementwise.functions import table_step
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step, in_place
from builds.compiler.kernels.lowering.trained import trained, trained_all
from builds.compiler.read.fold_reals import answers

_RELU, _RELU_N1_TO_1, _RELU6 = 1, 2, 3  # numbers of the activations in the schema
_IDENTITY = Multiplier(1 << 30, 1)


def lower_relu(op: Op, context: Context) -> Step:
    """Turn RELU into a step; it has its own output scale."""
    source, target = context.input(op), context.output(op)
    scaling = quantize_multiplier(source.scale / target.scale)
    zeros = (source.zero_point, target.zero_point)
    return _rescale(op, context, scaling, zeros, clamp_range(_RELU, target))


def lower_relu_n1_to_1(op: Op, context: Context) -> Step:
    """Turn RELU_N1_TO_1 into a step, as LiteRT computes it: TFLM has no such operator."""
    source, target = context.input(op), context.output(op)
    scaling = quantize_multiplier(source.scale / target.scale)
    zeros = (source.zero_point, target.zero_point)
    return _rescale(op, context, scaling, zeros, clamp_range(_RELU_N1_TO_1, target))


def lower_relu6(op: Op, context: Context) -> Step:
    """Turn RELU6 into a step; TFLM only clamps, whatever the output's scale says."""
    return _rescale(op, context, _IDENTITY, (0, 0), clamp_range(_RELU6, context.input(op)))


def lower_quantize(op: Op, context: Context) -> Step:
    """Turn a change of scale, or of type, into a step."""
    source, target = context.input(op), context.output(op)
    if op.functions:
        return table_step(op, context, answers(op.functions, source, target) or [])
    if source.dtype == "float32":
        members = f"{trained(target.scale)}, {trained(target.zero_point)}"
        return _step(
            op, context, f"ef_quantize($in0, $out0, {source.elements}, {members});", "quantize"
        )
    scaling = quantize_multiplier(source.scale / target.scale)
    return _rescale(
        op, context, scaling, (source.zero_point, target.zero_point), RANGES[target.dtype]
    )


def lower_dequantize(op: Op, context: Context) -> Step:
    """Turn integers into real numbers."""
    source = context.input(op)
    members = f"{source.elements}, {trained(source.scale)}, {trained(source.zero_point)}"
    return _step(op, context, f"ef_dequantize($in0, $out0, {members});", "dequantize")


def _rescale(
    op: Op, context: Context, by: Multiplier, zeros: tuple[int, int], clamp: tuple[int, int]
) -> Step:
    name = naming.step_name(op, context.graph)
    members = trained_all((zeros[0], by.value, by.shift, zeros[1], *clamp))
    text = f"constexpr EfRescale {name}_scale = {{{', '.join(members)}}};"
    call = f"ef_rescale({name}_scale, $in0, $out0, {context.input(op).elements});"
    return _step(op, context, call, "rescale", text)


def _step(op: Op, context: Context, call: str, runtime: str, *text: str) -> Step:
    source, target = context.input(op), context.output(op)
    return Step(
        op,
        naming.step_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(call,),
        runtime=(runtime,),
        globals=text,
        reuse=in_place(op, source, target, context.graph),
    )
