"""LOGISTIC, TANH and LEAKY_RELU of 16-bit elements."""

import math

from builds.compiler.arithmetic import fixedpoint
from builds.compiler.arithmetic.multiplier import Multiplier, quantize_multiplier
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Array, Context, Step, constant, in_place
from builds.compiler.kernels.lowering.trained import trained

_NEAR = 1e-3  # how far TFLM lets the logarithm of a power of two be from a whole number
_STEPS = 31  # doublings at most
_KERNELS = {"LOGISTIC": "ef_logistic16", "TANH": "ef_hyperbolic16"}


def lower_curve16(op: Op, context: Context) -> Step:
    """Turn LOGISTIC or TANH into a step: one table serves both."""
    name = naming.step_name(op, context.graph)
    table = constant(f"{name}_sigmoid", "uint16_t", fixedpoint.sigmoid_table())
    multiplier, right = _to_the_table(op, context.input(op))
    members = ", ".join([table.name, trained(multiplier), trained(right)])
    text = f"constexpr EfCurve16 {name}_curve = {{{members}}};"
    call = f"{_KERNELS[op.kind]}({name}_curve"
    return _step(op, context, call, ("sigmoid16", "curve16"), text, table)


def lower_leaky16(op: Op, context: Context) -> Step:
    """Turn LEAKY_RELU into a step."""
    source, target = context.input(op), context.output(op)
    name = naming.step_name(op, context.graph)
    scalings = leaky_multipliers(op, source, target)
    members = ", ".join(trained(n) for s in scalings for n in (s.value, s.shift))
    text = f"constexpr EfLeaky16 {name}_leaky = {{{members}}};"
    return _step(op, context, f"ef_leaky16({name}_leaky", ("leaky16",), text)


def leaky_multipliers(op: Op, source: Tensor, target: Tensor) -> tuple[Multiplier, Multiplier]:
    """Give the multipliers from zero up and below; the scales' quotients are doubles in TFLM."""
    above = source.scale / target.scale
    below = source.scale * float(op.options["alpha"]) / target.scale
    return quantize_multiplier(above), quantize_multiplier(below)


def _to_the_table(op: Op, source: Tensor) -> tuple[int, int]:
    """Give multiplier and right shift to the table's scale, a third of Q3.12.

    A power of two that is near enough to it needs no shift.
    """
    power = math.log2(source.scale)
    left = 12 + round(power)
    if abs(power - round(power)) < _NEAR and left in ((0,) if op.kind == "LOGISTIC" else (0, 1)):
        return 3 << left, 0
    real, right = source.scale * 4096.0 * 3.0, 0
    while real <= 32767.0 / 2.0 and right < _STEPS:
        real *= 2.0
        right += 1
    return int(real), right


def _step(
    op: Op, context: Context, call: str, runtime: tuple[str, ...], text: str, *arrays: Array
) -> Step:
    source, target = context.input(op), context.output(op)
    return Step(
        op,
        naming.step_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"{call}, $in0, $out0, {source.elements});",),
        runtime=runtime,
        arrays=arrays,
        globals=(text,),
        reuse=in_place(op, source, target, context.graph),
    )
