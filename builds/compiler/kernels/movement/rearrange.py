"""Operators that repeat, mirror, turn or pick blocks: all of them are moves.

TILE, BROADCAST_TO, REVERSE_V2, MIRROR_PAD, GATHER_ND, SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Final

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.kernels.lowering.blocks import (
    AXES,
    CTYPES,
    Axis,
    Block,
    Move,
    merged,
    move_step,
    strides,
)
from builds.compiler.kernels.lowering.step import Context, Operands, Step

MOVES = 64  # of one operator
_REFLECT = 0  # a MIRROR_PAD that leaves the edge out
Span = tuple[int, int, int, int]  # along one axis: first source, step, first target, count
Blocks = Sequence[Block]


def lower_rearranged(op: Op, context: Context) -> Step:
    """Turn an operator of this file into its moves."""
    source = context.input(op)
    moves = [Move(source, 0, block) for block in BLOCKS[op.kind](op, context)]
    step = move_step(op, context, moves)
    target = context.output(op)
    if sum(prod(a.size for a in m.block.axes) for m in moves) == target.elements:
        return step
    # TFLM pads with plain zeros here, not with the zero point.
    value = "0.0f" if target.dtype == "float32" else "0"
    fill = f"ef_fill<{CTYPES[target.dtype]}>($out0, {target.elements}, {value});"
    return replace(step, body=(fill, *step.body), runtime=("fill", *step.runtime))


def fits(op: Op, graph: Graph) -> bool:
    """Tell whether an operator, whose operands are checked, is few enough moves of few axes."""
    blocks = BLOCKS[op.kind](op, Operands(graph))
    return 0 < len(blocks) <= MOVES and all(len(merged(b.axes)) <= AXES for b in blocks)


def numbers(operands: Operands, op: Op, position: int) -> list[int]:
    """Read a constant operand."""
    return [int(v) for v in operands.input(op, position).array().reshape(-1)]


def _tile(op: Op, operands: Operands) -> Blocks:
    source, target = operands.input(op), operands.output(op)
    axes: list[Axis] = []
    rows = zip(
        source.shape, numbers(operands, op, 1), strides(source.shape), strides(target.shape),
        strict=True,
    )  # fmt: skip
    for size, times, step, to in rows:
        axes += [Axis(times, 0, to * size), Axis(size, step, to)]
    return (Block(tuple(axes)),)


def _broadcast(op: Op, operands: Operands) -> Blocks:
    source, target = operands.input(op), operands.output(op)
    shape = (1,) * (len(target.shape) - len(source.shape)) + source.shape
    rows = zip(target.shape, shape, strides(shape), strides(target.shape), strict=True)
    axes = [Axis(size, 0 if given == 1 else step, to) for size, given, step, to in rows]
    return (Block(tuple(axes)),)


def _reverse(op: Op, operands: Operands) -> Blocks:
    source = operands.input(op)
    turned = {axis % len(source.shape) for axis in numbers(operands, op, 1)}
    spans = [
        (size - 1, -1, 0, size) if axis in turned else (0, 1, 0, size)
        for axis, size in enumerate(source.shape)
    ]
    return _blocks(source, operands.output(op), [spans])


def _mirror(op: Op, operands: Operands) -> Blocks:
    source, target = operands.input(op), operands.output(op)
    edge = 1 if op.option("mode") == _REFLECT else 0
    pads = numbers(operands, op, 1)
    parts: list[list[Span]] = []
    for axis, size in enumerate(source.shape):
        before, after = pads[2 * axis], pads[2 * axis + 1]
        spans = [
            (before - 1 + edge, -1, 0, before),
            (0, 1, before, size),
            (size - 1 - edge, -1, before + size, after),
        ]
        parts.append([span for span in spans if span[3]])
    return _blocks(source, target, list(product(*parts)))


def _gather(op: Op, operands: Operands) -> Blocks:
    source, chosen = operands.input(op), operands.input(op, 1)
    depth = chosen.shape[-1]
    kept = prod(source.shape[depth:])
    steps = strides(source.shape)
    places = numbers(operands, op, 1)
    rows = [places[at : at + depth] for at in range(0, len(places), depth)]
    firsts = [sum(i * s for i, s in zip(row, steps, strict=False)) for row in rows]
    return [
        Block((Axis(kept, 1, 1),), source=first, target=number * kept)
        for number, first in enumerate(firsts)
    ]


def _to_batch(op: Op, operands: Operands) -> Blocks:
    return _batches(op, operands, wide=operands.input(op), deep=operands.output(op), to_deep=True)


def _to_space(op: Op, operands: Operands) -> Blocks:
    return _batches(op, operands, wide=operands.output(op), deep=operands.input(op), to_deep=False)


def _batches(op: Op, operands: Operands, *, wide: Tensor, deep: Tensor, to_deep: bool) -> Blocks:
    """Pixel (y * block + i - pad) of image n is pixel y of image (i, n) of the deep tensor."""
    blocks, pads = numbers(operands, op, 1), numbers(operands, op, 2)
    rest = [(0, 1, 0, size) for size in wide.shape[1 + len(blocks) :]]
    found: list[Sequence[Span]] = []
    for number, offsets in enumerate(product(*(range(b) for b in blocks))):
        first = number * wide.shape[0]
        spans: list[Span] = [(0, 1, first, wide.shape[0])]
        for axis, (offset, block) in enumerate(zip(offsets, blocks, strict=True)):
            begin = offset - pads[2 * axis]
            skipped = max(0, -(begin // block))
            end = -(-(wide.shape[1 + axis] - begin) // block)
            count = min(end, deep.shape[1 + axis]) - skipped
            spans.append((begin + skipped * block, block, skipped, max(count, 0)))
        found.append([*spans, *rest])
    inside = [spans for spans in found if all(span[3] for span in spans)]
    made = _blocks(wide, deep, inside)
    return made if to_deep else [_reversed(block) for block in made]


def _blocks(source: Tensor, target: Tensor, parts: Sequence[Sequence[Span]]) -> Blocks:
    """Turn spans of every axis into blocks."""
    from_steps, to_steps = strides(source.shape), strides(target.shape)
    found = []
    for spans in parts:
        rows = list(zip(spans, from_steps, to_steps, strict=True))
        axes = tuple(Axis(span[3], span[1] * step, to) for span, step, to in rows)
        first = sum(span[0] * step for span, step, _ in rows)
        found.append(Block(axes, first, sum(span[2] * to for span, _, to in rows)))
    return found


def _reversed(block: Block) -> Block:
    axes = tuple(Axis(a.size, a.target, a.source) for a in block.axes)
    return Block(axes, block.target, block.source)


BLOCKS: Final[dict[str, Callable[[Op, Operands], Blocks]]] = {
    "BATCH_TO_SPACE_ND": _to_space,
    "BROADCAST_TO": _broadcast,
    "GATHER_ND": _gather,
    "MIRROR_PAD": _mirror,
    "REVERSE_V2": _reverse,
    "SPACE_TO_BATCH_ND": _to_batch,
    "TILE": _tile,
}
