"""SELECT and SELECT_V2: of two operands the one that a condition names."""

from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.elementwise.binary import padded, strides_within
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES
from builds.compiler.kernels.lowering.step import Array, Context, Reuse, Step, constant, in_place


def lower_select(op: Op, context: Context) -> Step:
    """Turn a choice into a step; TFLM takes the bytes as they are, whatever their scales."""
    operands = [context.input(op, position) for position in range(3)]
    target = context.output(op)
    name = naming.step_name(op, context.graph)
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
    return Step(
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
