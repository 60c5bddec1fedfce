"""Two operands, element by element, with broadcasting."""

from typing import Final

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.checks import (
    activation_is_known,
    an_operand_is_computed,
    are_eight_bits,
    are_sixteen_bits,
    given,
    result,
    tensors_of,
    two_inputs,
    types_of,
)
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import (
    Array,
    Context,
    LoweredOp,
    Reuse,
    constant,
    in_place,
)

UNQUANTISED = ("float32", "int32")
_COMPARED_AXES = 4  # that TFLM broadcasts over


def scalings_of(reals: list[float]) -> list[str]:
    """Give multipliers and shifts of several factors, marked as learned."""
    scalings = [quantize_multiplier(r) for r in reals]
    return learned_all(n for s in scalings for n in (s.value, s.shift))


def zeros_of(*tensors: Tensor) -> list[str]:
    """Give the zero points of tensors, marked as learned."""
    return learned_all(tensor.zero_point for tensor in tensors)


def lower_binary(op: Op, context: Context, struct: str, members: list[str], file: str) -> LoweredOp:
    """Lower any operator of two operands; `struct` knows how to combine two elements."""
    operands = (context.input(op, 0), context.input(op, 1))
    target = context.output(op)
    name = naming.function_name(op, context.graph)
    arrays, texts, inputs = _operands(operands, name)
    text = f"constexpr {struct} {name}_op = {{{', '.join(members)}}};"
    return LoweredOp(
        op,
        name,
        inputs,
        (target.index,),
        body=_call(name, operands, target, texts),
        runtime=("elements", file),
        arrays=arrays,
        globals=(text,),
        reuse=_reuse(op, operands, target, context.graph),
    )


def _operands(
    operands: tuple[Tensor, Tensor], name: str
) -> tuple[tuple[Array, ...], list[str], tuple[int, ...]]:
    arrays: list[Array] = []
    texts: list[str] = []
    inputs: list[int] = []
    for side, operand in zip("ab", operands, strict=True):
        if operand.data is None:
            texts.append(f"$in{len(inputs)}")
            inputs.append(operand.index)
        else:
            arrays.append(
                constant(f"{name}_{side}", CTYPES[operand.dtype], operand.array().reshape(-1))
            )
            texts.append(f"{name}_{side}")
    return tuple(arrays), texts, tuple(inputs)


def _call(
    name: str, operands: tuple[Tensor, Tensor], target: Tensor, texts: list[str]
) -> tuple[str, ...]:
    a, b = operands
    if padded(a.shape) == padded(b.shape):
        return (f"ef_binary<{name}_op>({texts[0]}, {texts[1]}, $out0, {target.elements});",)
    shapes = [strides_within(t.shape, target.shape) for t in operands]
    sizes = ", ".join(map(str, padded(target.shape)))
    strides = ", ".join("{" + ", ".join(map(str, s)) + "}" for s in shapes)
    # A constant of its own: gcc would call memcpy to bring a temporary to the stack.
    return (
        f"static constexpr EfShape kShape = {{{{{sizes}}}, {strides}}};",
        f"ef_broadcast<{name}_op>({texts[0]}, {texts[1]}, $out0, kShape);",
    )


def padded(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give a shape the five axes that loops with broadcasting walk over."""
    return (1,) * (5 - len(shape)) + shape


def strides_within(shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, ...]:
    """Give the distance of neighbours along each axis of a target; 0 where an operand repeats."""
    strides: list[int] = []
    step = 1
    for size in reversed(padded(shape)):
        strides.append(0 if size == 1 else step)
        step *= size
    return tuple(reversed(strides))


def _reuse(
    op: Op, operands: tuple[Tensor, Tensor], target: Tensor, graph: Graph
) -> tuple[Reuse, ...]:
    places = [in_place(op, t, target, graph) for t in operands if t.shape == target.shape]
    return tuple(r for found in places for r in found)


def operands_are_int8(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be int8 with one scale each."""
    tensors = [*given(op, graph), result(op, graph)]
    return all(
        t.dtype == "int8" and t.quantization is not None and len(t.quantization.scales) == 1
        for t in tensors
    )


def operands_are_integers(op: Op, graph: Graph) -> bool:
    """Operands and result must be int8, or all int16 with zero point 0, with one scale each."""
    tensors = [*given(op, graph), result(op, graph)]
    known = are_eight_bits(tensors) or are_sixteen_bits(tensors)
    return known and all(len(t.scales) == 1 for t in tensors)


def shapes_broadcast(op: Op, graph: Graph) -> bool:
    """The operands must broadcast to the output's shape, in at most five dimensions."""
    target = result(op, graph).shape
    tensors = given(op, graph)
    if len(target) > 5 or any(len(t.shape) > len(target) for t in tensors):
        return False
    padded = [(1,) * (len(target) - len(t.shape)) + t.shape for t in tensors]
    return tuple(max(sizes) for sizes in zip(*padded, strict=True)) == target and all(
        size in (1, whole) for shape in padded for size, whole in zip(shape, target, strict=True)
    )


def _are_unquantised(op: Op, graph: Graph) -> bool:
    types = types_of(op, graph)
    unclamped = types == {"float32"} or op.options.get("activation", 0) == 0
    return len(types) == 1 and types <= set(UNQUANTISED) and unclamped


def operands_are_integers_or_unquantised(op: Op, graph: Graph) -> bool:
    """Operands, result: int8, int16 of zero point 0, with one scale each; float32; int32."""
    return operands_are_integers(op, graph) or _are_unquantised(op, graph)


def operands_are_int8_or_unquantised(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be int8 with one scale each, or all float32 or int32."""
    return operands_are_int8(op, graph) or _are_unquantised(op, graph)


def operands_are_int8_or_real(op: Op, graph: Graph) -> bool:
    """Both operands and the result must be int8 with one scale each, or all float32."""
    return operands_are_int8(op, graph) or types_of(op, graph) == {"float32"}


def comparisons_broadcast(op: Op, graph: Graph) -> bool:
    """Operands must have the output's shape, or broadcast to it in at most four dimensions."""
    shapes = {t.shape for t in tensors_of(op, graph)}
    few = all(len(shape) <= _COMPARED_AXES for shape in shapes)
    return shapes_broadcast(op, graph) and (few or len(shapes) == 1)


OPERANDS: Final = (two_inputs, an_operand_is_computed, shapes_broadcast, activation_is_known)
