"""SELECT and SELECT_V2: of two operands the one that a condition names."""

from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.binary import padded, shapes_broadcast, strides_within
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.checks import tensors_of
from builds.compiler.operators.common.lowered_op import (
    Array,
    Context,
    LoweredOp,
    Reuse,
    constant,
    in_place,
)
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_CHOSEN = frozenset({"float32", "int16", "int32", "int8"})


def has_a_condition_and_operands(op: Op, graph: Graph) -> bool:
    """There must be a condition and two operands, and one output."""
    return len(op.inputs) == 3 and len(op.outputs) == 1 and ABSENT not in op.inputs


def condition_is_bool(op: Op, graph: Graph) -> bool:
    """The condition must be bool, and something of what goes in computed."""
    tensors = [graph.tensor(i) for i in op.inputs]
    return tensors[0].dtype == "bool" and any(t.data is None for t in tensors)


def choices_are_one_type(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be of one type: int8, int16, int32 or float32."""
    types = {t.dtype for t in tensors_of(op, graph)[1:]}
    return len(types) == 1 and types <= _CHOSEN


def choices_have_one_scale(op: Op, graph: Graph) -> bool:
    """Both operands and the result must have one scale and zero point: TFLM copies bytes."""
    return len({(t.scales, t.zero_point) for t in tensors_of(op, graph)[1:]}) == 1


def choices_fit(op: Op, graph: Graph) -> bool:
    """Shapes must broadcast to the output's, in five dimensions; of SELECT, all must be equal."""
    if op.kind == "SELECT":
        return len({t.shape for t in tensors_of(op, graph)}) == 1
    return shapes_broadcast(op, graph)


def lower_select(op: Op, context: Context) -> LoweredOp:
    """Lower a choice; TFLM takes the bytes as they are, whatever their scales."""
    operands = [context.input(op, position) for position in range(3)]
    target = context.output(op)
    name = naming.function_name(op, context.graph)
    arrays: list[Array] = []
    texts: list[str] = []
    inputs: list[int] = []
    for side, operand in zip(("if", "then", "else"), operands, strict=True):
        if operand.data is None:
            texts.append(f"$in{len(inputs)}")
            inputs.append(operand.index)
        else:
            values = operand.array().reshape(-1)
            arrays.append(constant(f"{name}_{side}", CTYPES[operand.dtype], values))
            texts.append(f"{name}_{side}")
    rows = [padded(target.shape), *(strides_within(t.shape, target.shape) for t in operands)]
    members = ", ".join("{" + ", ".join(map(str, row)) + "}" for row in rows)
    return LoweredOp(
        op,
        name,
        tuple(inputs),
        (target.index,),
        body=(f"ef_select({name}_select, {', '.join(texts)}, $out0);",),
        runtime=("select",),
        arrays=tuple(arrays),
        globals=(f"constexpr EfSelect {name}_select = {{{members}}};",),
        reuse=_reuse(op, operands[1:], target, context),
    )


def _reuse(op: Op, operands: list[Tensor], target: Tensor, context: Context) -> tuple[Reuse, ...]:
    found = [in_place(op, t, target, context.graph) for t in operands if t.shape == target.shape]
    return tuple(reuse for reuses in found for reuse in reuses)


_CHOICE: Final = (
    has_a_condition_and_operands,
    condition_is_bool,
    choices_are_one_type,
    choices_have_one_scale,
    choices_fit,
)
OPDEFS: Final = (
    OpDef("SELECT", constraints=_CHOICE, lower=lower_select, headers=("select",), resolver=None),
    OpDef(
        "SELECT_V2", constraints=_CHOICE, lower=lower_select, headers=("select",), shape=BROADCAST
    ),
)
