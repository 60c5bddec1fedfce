"""PAD and PADV2 that could not be folded into the operator that follows."""

from math import prod

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step
from builds.compiler.kernels.lowering.trained import trained


def lower_pad(op: Op, context: Context) -> Step:
    """Turn padding into a step: fill, then copy what lies together in input and output."""
    source, target = context.input(op), context.output(op)
    pads = padding_of(op, context)
    extra = 6 - len(source.shape)
    inner = max((axis for axis, pad in enumerate(pads) if any(pad)), default=0)
    runs = source.shape[:inner] + (1,) * (len(source.shape) - inner)
    sizes = (1,) * extra + runs
    starts = [prod(((1,) * extra + target.shape)[i + 1 :]) for i in range(6)]
    first = sum(b * s for (b, _), s in zip(pads, starts[extra:], strict=True))
    value = _value(op, context)
    name = naming.step_name(op, context.graph)
    members = ["{" + ", ".join(map(str, sizes)) + "}", "{" + ", ".join(map(str, starts)) + "}"]
    members += [str(first), str(target.elements), str(prod(source.shape[inner:]))]
    members += [trained(value)]
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_pad({name}_pad, $in0, $out0);",),
        runtime=("words", "walk", "move", "pad"),
        globals=(f"constexpr EfPad {name}_pad = {{{', '.join(members)}}};",),
    )


def padding_of(op: Op, context: Context) -> tuple[tuple[int, int], ...]:
    """Give the elements added before and after, per axis."""
    values = context.input(op, 1).array().astype(np.int64).reshape(-1, 2)
    return tuple((int(a), int(b)) for a, b in values)


def _value(op: Op, context: Context) -> int:
    given = context.graph.operand(op, 2)
    return context.output(op).zero_point if given is None else int(given.array().reshape(-1)[0])
