"""One element in, one element out: RELU and its kind, QUANTIZE, DEQUANTIZE."""

from builds.compiler.graph import Op
from builds.compiler.kernels import naming
from builds.compiler.kernels.step import Context, Step, in_place
from builds.compiler.quant import clamp_range, quantize_multiplier, ratio_float32

_ACTIVATIONS = {"RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}


def lower_relu(op: Op, context: Context) -> Step:
    """Turn an activation with its own scale into a step."""
    source, target = context.input(op), context.output(op)
    low, high = clamp_range(_ACTIVATIONS[op.kind], target)
    real = ratio_float32(source.scale, target.scale)
    return _rescale(op, context, real, (low, high))


def lower_quantize(op: Op, context: Context) -> Step:
    """Turn a change of scale, or of type, into a step."""
    source, target = context.input(op), context.output(op)
    if source.dtype == "float32":
        members = f"{float(target.scale).hex()}f, {target.zero_point}"
        return _step(
            op, context, f"ef_quantize($in0, $out0, {source.elements}, {members});", "quantize"
        )
    return _rescale(op, context, source.scale / target.scale, (-128, 127))


def lower_dequantize(op: Op, context: Context) -> Step:
    """Turn integers into real numbers."""
    source = context.input(op)
    members = f"{source.elements}, {float(source.scale).hex()}f, {source.zero_point}"
    return _step(op, context, f"ef_dequantize($in0, $out0, {members});", "dequantize")


def _rescale(op: Op, context: Context, real: float, clamp: tuple[int, int]) -> Step:
    source, target = context.input(op), context.output(op)
    scaling = quantize_multiplier(real)
    name = naming.step_name(op, context.graph)
    members = [source.zero_point, scaling.value, scaling.shift, target.zero_point, *clamp]
    text = f"constexpr EfRescale {name}_scale = {{{', '.join(map(str, members))}}};"
    call = f"ef_rescale({name}_scale, $in0, $out0, {source.elements});"
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
