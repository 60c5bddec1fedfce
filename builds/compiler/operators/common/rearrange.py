"""Operators that repeat, mirror, turn or pick blocks: all of them are moves.

Such an operator has a function that gives its blocks; the rest is here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Final

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.blocks import (
    AXES,
    CTYPES,
    Axis,
    Block,
    Move,
    lower_moves,
    merged,
    strides,
)
from builds.compiler.operators.common.checks import Constraint, two_inputs
from builds.compiler.operators.common.lowered_op import Context, Lower, LoweredOp, Operands

MOVES = 64  # of one operator
Span = tuple[int, int, int, int]  # along one axis: first source, step, first target, count
Blocks = Sequence[Block]
_TYPES = frozenset({"int8", "int16", "int32", "float32"})


def numbers(operands: Operands, op: Op, position: int) -> list[int]:
    """Read a constant operand."""
    return [int(v) for v in operands.input(op, position).array().reshape(-1)]


def blocks_of_spans(source: Tensor, target: Tensor, parts: Sequence[Sequence[Span]]) -> Blocks:
    """Turn spans of every axis into blocks."""
    from_steps, to_steps = strides(source.shape), strides(target.shape)
    found = []
    for spans in parts:
        rows = list(zip(spans, from_steps, to_steps, strict=True))
        axes = tuple(Axis(span[3], span[1] * step, to) for span, step, to in rows)
        first = sum(span[0] * step for span, step, _ in rows)
        found.append(Block(axes, first, sum(span[2] * to for span, _, to in rows)))
    return found


def ends(op: Op, graph: Graph) -> tuple[Tensor, Tensor]:
    """Give the first input and the first output."""
    return graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])


def constant_of(op: Op, graph: Graph, position: int) -> list[int] | None:
    """Read the integers of a constant operand; None when it is computed or of another type."""
    tensor = graph.tensor(op.inputs[position])
    if tensor.data is None or tensor.dtype not in ("int32", "int64"):
        return None
    return [int(v) for v in tensor.array().reshape(-1)]


def source_keeps_its_type(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output: of one type, int8, int16, int32 or float32."""
    source, target = ends(op, graph)
    typed = source.dtype in _TYPES and 0 < len(source.shape) <= AXES
    return source.data is None and typed and source.dtype == target.dtype


BlocksOf = Callable[[Op, Operands], Blocks]


def rearranged(blocks_of: BlocksOf) -> Lower:
    """Lower an operator to the moves of its blocks."""

    def lower(op: Op, context: Context) -> LoweredOp:
        source, target = context.input(op), context.output(op)
        moves = [Move(source, 0, block) for block in blocks_of(op, context)]
        moved = lower_moves(op, context, moves)
        if sum(prod(a.size for a in m.block.axes) for m in moves) == target.elements:
            return moved
        # TFLM pads with plain zeros here, not with the zero point.
        value = "0.0f" if target.dtype == "float32" else "0"
        fill = f"ef_fill<{CTYPES[target.dtype]}>($out0, {target.elements}, {value});"
        return replace(moved, body=(fill, *moved.body), runtime=("fill", *moved.runtime))

    return lower


def few_moves(blocks_of: BlocksOf) -> Constraint:
    """Give the constraint that an operator, whose operands are checked, is few enough moves."""

    def moves_are_few(op: Op, graph: Graph) -> bool:
        """It must be at most 64 moves of blocks of at most six axes."""
        blocks = blocks_of(op, Operands(graph))
        return 0 < len(blocks) <= MOVES and all(len(merged(b.axes)) <= AXES for b in blocks)

    return moves_are_few


REARRANGED: Final = (two_inputs, source_keeps_its_type)
