"""ADD_N of int8 and of float32: a sum of several tensors of one shape."""

from typing import Final

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import ABSENT, Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    an_operand_is_computed,
    has_one_scale,
    result,
    tensors_of,
)
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import (
    Array,
    Context,
    LoweredOp,
    constant,
    in_place,
)
from builds.compiler.operators.common.real.form import RealForm, operands_are_real
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_LEFT: Final = 20  # bits that operands gain before they are added
_MOST: Final = 14  # operands whose sum fits in 32 bits


def several_of_one_shape(op: Op, graph: Graph) -> bool:
    """There must be 2 to 14 operands and one output, all of one shape."""
    known = 2 <= len(op.inputs) <= _MOST and len(op.outputs) == 1 and ABSENT not in op.inputs
    return known and len({t.shape for t in tensors_of(op, graph)}) == 1


def summands_have_one_scale(op: Op, graph: Graph) -> bool:
    """All must be int8, the operands of one scale and zero point, at most 2^19 of the output's."""
    tensors = tensors_of(op, graph)
    typed = all(t.dtype == "int8" and has_one_scale(t) for t in tensors)
    same = len({(t.scale, t.zero_point) for t in tensors[:-1]}) == 1
    return typed and same and tensors[0].scale <= result(op, graph).scale * 2.0**19


def lower_add_n(op: Op, context: Context) -> LoweredOp:
    """Lower a sum of bytes."""
    source, target = context.input(op), context.output(op)
    by = quantize_multiplier(2.0 * source.scale / ((1 << _LEFT) * target.scale))
    numbers = learned_all((source.zero_point, by.value, by.shift, target.zero_point))
    name = naming.function_name(op, context.graph)
    text = f"constexpr EfAddN {name}_sum = {{{', '.join(numbers)}}};"
    return _lowered(op, context, f"ef_add_n({name}_sum, ", "int8_t", ("summands",), text)


def _lower_real(op: Op, context: Context) -> LoweredOp:
    return _lowered(op, context, "ef_add_n_real(", "float", ("real", "summands_real"), "")


def _lowered(
    op: Op, context: Context, call: str, ctype: str, runtime: tuple[str, ...], text: str
) -> LoweredOp:
    name, target = naming.function_name(op, context.graph), context.output(op)
    arrays: list[Array] = []
    texts: list[str] = []
    inputs: list[int] = []
    for position in range(len(op.inputs)):
        operand = context.input(op, position)
        if operand.data is None:
            if operand.index not in inputs:
                inputs.append(operand.index)
            texts.append(f"$in{inputs.index(operand.index)}")
        else:
            arrays.append(constant(f"{name}_{position}", ctype, operand.array().reshape(-1)))
            texts.append(arrays[-1].name)
    places = [context.graph.tensor(i) for i in inputs]
    return LoweredOp(
        op,
        name,
        tuple(inputs),
        (target.index,),
        body=(f"{call}$out0, {target.elements}, {', '.join(texts)});",),
        runtime=runtime,
        arrays=tuple(arrays),
        globals=(text,) if text else (),
        reuse=tuple(r for t in places for r in in_place(op, t, target, context.graph)),
    )


OPDEFS: Final = (
    OpDef(
        "ADD_N",
        constraints=(several_of_one_shape, an_operand_is_computed, summands_have_one_scale),
        lower=lower_add_n,
        headers=("summands", "summands_real"),
        shape=BROADCAST,
        real=RealForm(
            (several_of_one_shape, an_operand_is_computed, operands_are_real), _lower_real
        ),
    ),
)
