"""Two operands, element by element, with broadcasting: arithmetic, extremes, PRELU."""

from collections.abc import Callable, Mapping
from dataclasses import astuple, replace
from typing import Final

from builds.compiler.arithmetic.multiplier import Multiplier, activation_range, quantize_multiplier
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES
from builds.compiler.kernels.lowering.step import (
    Array,
    Context,
    Flavour,
    Reuse,
    Step,
    constant,
    in_place,
)
from builds.compiler.kernels.lowering.trained import trained_all

_SQUARE_LEFT = 7  # the same, for squares
_ADD_LEFT_16 = 15  # the same, of int16 operands
_ADD_LEFT = 20  # bits that int8 operands gain before they are scaled
# Both are the same number for such an operand: the rounding of the first step hides the 2^-31.
_HALF, _NEARLY_ONE = Multiplier(1 << 30, 0), Multiplier((1 << 31) - 1, -1)
_ADD_FILES = {Flavour.VECTOR: ("vector", "add_vector"), Flavour.MVE: ("add_mve",)}


def lower_add(op: Op, context: Context) -> Step:
    """Turn an addition into a step."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    left = _ADD_LEFT if target.dtype == "int8" else _ADD_LEFT_16
    twice = 2.0 * max(a.scale, b.scale)
    scales = (a.scale / twice, b.scale / twice, twice / ((1 << left) * target.scale))
    shifted = [_shifted(quantize_multiplier(real)) for real in scales]
    if _adds_vectors(op, context) and all(by.shift < 0 for by in shifted):
        return _add_vectors(op, context, shifted)
    members = _scalings(list(scales))
    members += _zeros(a, b, target) + trained_all(activation_range(op, target))
    if target.dtype == "int16":
        return lower_binary(op, context, "EfAdd16", members, "add16")
    return lower_binary(op, context, "EfAdd", members, "add")


def _shifted(by: Multiplier) -> Multiplier:
    """Give the same multiplier with a shift, for vectors leave out what a shift of zero needs."""
    return _NEARLY_ONE if by == _HALF else by


def _adds_vectors(op: Op, context: Context) -> bool:
    """Tell whether a target has a loop of vectors for a sum; scales must not choose it."""
    a, b = context.input(op, 0), context.input(op, 1)
    bytes_ = context.output(op).dtype == "int8"
    return bytes_ and a.shape == b.shape and context.flavour in _ADD_FILES and not context.apart


def _add_vectors(op: Op, context: Context, scalings: list[Multiplier]) -> Step:
    """Turn an addition into a step of vectors."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    members = [str(n) for by in scalings for n in astuple(by)]
    members += [str(t.zero_point) for t in (a, b, target)]
    members += [str(end) for end in activation_range(op, target)]
    step = lower_binary(op, context, "EfAdd", members, "add")
    body = tuple(
        line.replace(f"ef_binary<{step.name}_op>(", f"ef_add({step.name}_op, ")
        for line in step.body
    )
    return replace(step, body=body, runtime=("add", *_ADD_FILES[context.flavour]))


def lower_sub(op: Op, context: Context) -> Step:
    """Turn a subtraction into a step."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    twice = 2.0 * max(a.scale, b.scale)
    left = _ADD_LEFT if target.dtype == "int8" else _ADD_LEFT_16
    members = _scalings([a.scale / twice, b.scale / twice, twice / ((1 << left) * target.scale)])
    members += _zeros(a, b, target) + trained_all(activation_range(op, target))
    return lower_binary(op, context, f"EfSub<{target.dtype}_t>", members, "sub")


def lower_mul(op: Op, context: Context) -> Step:
    """Turn a product into a step."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    members = _scalings([a.scale * b.scale / target.scale])
    members += _zeros(a, b, target) + trained_all(activation_range(op, target))
    return lower_binary(op, context, f"EfMul<{target.dtype}_t>", members, "mul")


def lower_squared_difference(op: Op, context: Context) -> Step:
    """Turn the square of a difference into a step."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    twice = 2.0 * max(a.scale, b.scale)
    out = twice * twice / ((1 << (2 * _SQUARE_LEFT)) * target.scale)
    members = _scalings([a.scale / twice, b.scale / twice, out])
    members += _zeros(a, b, target)
    return lower_binary(op, context, "EfSquaredDifference", members, "squared_difference")


def lower_extreme(op: Op, context: Context) -> Step:
    """Turn MAXIMUM or MINIMUM into a step; TFLM compares the integers as they are."""
    struct = f"Ef{op.kind.capitalize()}<{context.output(op).dtype}_t>"
    return lower_binary(op, context, struct, ["0"], op.kind.lower())


def lower_prelu(op: Op, context: Context) -> Step:
    """Turn PRELU into a step: its slopes are the second operand."""
    a, slope, target = context.input(op, 0), context.input(op, 1), context.output(op)
    members = _scalings([a.scale / target.scale, a.scale * slope.scale / target.scale])
    members += _zeros(a, slope, target)
    return lower_binary(op, context, "EfPrelu", members, "prelu")


def _scalings(reals: list[float]) -> list[str]:
    scalings = [quantize_multiplier(r) for r in reals]
    return trained_all(n for s in scalings for n in (s.value, s.shift))


def _zeros(*tensors: Tensor) -> list[str]:
    return trained_all(tensor.zero_point for tensor in tensors)


def lower_binary(op: Op, context: Context, struct: str, members: list[str], file: str) -> Step:
    """Turn any operator of two operands into a step; `struct` knows how to combine two elements."""
    operands = (context.input(op, 0), context.input(op, 1))
    target = context.output(op)
    name = naming.step_name(op, context.graph)
    arrays, texts, inputs = _operands(operands, name)
    text = f"constexpr {struct} {name}_op = {{{', '.join(members)}}};"
    return Step(
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


BINARY: Final[Mapping[str, Callable[[Op, Context], Step]]] = {
    "ADD": lower_add,
    "MAXIMUM": lower_extreme,
    "MINIMUM": lower_extreme,
    "MUL": lower_mul,
    "PRELU": lower_prelu,
    "SQUARED_DIFFERENCE": lower_squared_difference,
    "SUB": lower_sub,
}
