"""PAD and PADV2 that could not be folded into the operator that follows."""

from dataclasses import replace
from math import prod
from typing import Final

import numpy as np

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    INTEGERS,
    first,
    first_input_is_computed,
    result,
    two_or_three_inputs,
)
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, constant
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.opdef import OpDef


def paddings_are_constant(op: Op, graph: Graph) -> bool:
    """Paddings must be a constant int32 or int64 pair for each dimension, none negative."""
    pads, source = graph.tensor(op.inputs[1]), first(op, graph)
    if pads.data is None or pads.dtype not in ("int32", "int64"):
        return False
    if pads.elements != 2 * len(source.shape) or len(source.shape) > 6:
        return False
    return all(0 <= int(v) <= 1 << 20 for v in pads.array().reshape(-1))


def output_is_padded(op: Op, graph: Graph) -> bool:
    """The output must have the input's dimensions plus the paddings, and the same scale."""
    source, target = first(op, graph), result(op, graph)
    pads = graph.tensor(op.inputs[1]).array().reshape(-1, 2).astype(int)
    shape = tuple(s + int(p.sum()) for s, p in zip(source.shape, pads, strict=True))
    return shape == target.shape and source.scale == target.scale


def pad_value_is_constant(op: Op, graph: Graph) -> bool:
    """The value to pad with must be one constant of the input's type."""
    value = graph.operand(op, 2)
    if value is None:
        return True
    return value.data is not None and value.dtype == first(op, graph).dtype and value.elements == 1


def ends_are_real(op: Op, graph: Graph) -> bool:
    """In float32, input and output must be float32."""
    return first(op, graph).dtype == result(op, graph).dtype == "float32"


def lower_pad(op: Op, context: Context) -> LoweredOp:
    """Lower padding: fill, then copy what lies together in input and output."""
    return _lower(op, context, "EfPad", learned(_value(op, context)), ("words", "move", "pad"))


def _lower_real(op: Op, context: Context) -> LoweredOp:
    given = context.graph.operand(op, 2)
    values = np.zeros(1) if given is None else given.array().reshape(-1)
    value = constant(f"{naming.function_name(op, context.graph)}_value", "float", values)
    step = _lower(op, context, "EfPadReal", value.name, ("real", "pad_real"))
    return replace(step, arrays=(value,))


def _lower(op: Op, context: Context, struct: str, value: str, files: tuple[str, ...]) -> LoweredOp:
    source, target = context.input(op), context.output(op)
    pads = padding_of(op, context)
    extra = 6 - len(source.shape)
    inner = max((axis for axis, pad in enumerate(pads) if any(pad)), default=0)
    runs = source.shape[:inner] + (1,) * (len(source.shape) - inner)
    sizes = (1,) * extra + runs
    starts = [prod(((1,) * extra + target.shape)[i + 1 :]) for i in range(6)]
    first = sum(b * s for (b, _), s in zip(pads, starts[extra:], strict=True))
    name = naming.function_name(op, context.graph)
    members = ["{" + ", ".join(map(str, sizes)) + "}", "{" + ", ".join(map(str, starts)) + "}"]
    members += [str(first), str(target.elements), str(prod(source.shape[inner:]))]
    members += [value]
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"ef_{files[-1]}({name}_pad, $in0, $out0);",),
        runtime=(files[0], "walk", *files[1:]),
        globals=(f"constexpr {struct} {name}_pad = {{{', '.join(members)}}};",),
    )


def padding_of(op: Op, context: Context) -> tuple[tuple[int, int], ...]:
    """Give the elements added before and after, per axis."""
    values = context.input(op, 1).array().astype(np.int64).reshape(-1, 2)
    return tuple((int(a), int(b)) for a, b in values)


def _value(op: Op, context: Context) -> int:
    given = context.graph.operand(op, 2)
    return context.output(op).zero_point if given is None else int(given.array().reshape(-1)[0])


_PAD: Final = (
    two_or_three_inputs,
    *INTEGERS,
    paddings_are_constant,
    output_is_padded,
    pad_value_is_constant,
)
_REAL: Final = RealForm(
    (
        two_or_three_inputs,
        first_input_is_computed,
        ends_are_real,
        paddings_are_constant,
        output_is_padded,
        pad_value_is_constant,
    ),
    _lower_real,
)
_HEADERS: Final = ("pad", "pad_real")
OPDEFS: Final = (
    OpDef("PAD", constraints=_PAD, lower=lower_pad, headers=_HEADERS, real=_REAL),
    OpDef(
        "PADV2",
        constraints=_PAD,
        lower=lower_pad,
        headers=_HEADERS,
        resolver="AddPadV2",
        real=_REAL,
    ),
)
