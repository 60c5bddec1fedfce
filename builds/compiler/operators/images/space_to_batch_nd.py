"""SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: the pixels of a block become images, and back."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common.blocks import Axis, Block
from builds.compiler.operators.common.lowered_op import Operands
from builds.compiler.operators.common.rearrange import (
    Blocks,
    Span,
    blocks_of_spans,
    constant_of,
    ends,
    few_moves,
    numbers,
    rearranged,
    source_keeps_its_type,
)
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import Shape, Shapes


def has_three_operands(op: Op, graph: Graph) -> bool:
    """There must be an image, a block and paddings or crops, and one output."""
    return len(op.inputs) == 3 and len(op.outputs) == 1 and ABSENT not in op.inputs


def blocks_fit(op: Op, graph: Graph) -> bool:
    """Constant block and pads must give the output; with batch_size=1 at export they do."""
    source, target = ends(op, graph)
    wide, deep = (source, target) if op.kind == "SPACE_TO_BATCH_ND" else (target, source)
    block, pads = constant_of(op, graph, 1), constant_of(op, graph, 2)
    if block is None or pads is None or not 0 < len(block) < len(wide.shape):
        return False
    if len(wide.shape) != len(deep.shape) or len(pads) != 2 * len(block):
        return False
    if min(block) < 1 or min(pads) < 0 or max(*block, *pads) > 1 << 20:
        return False
    batches = wide.shape[0]
    for axis, size in enumerate(block):
        batches *= size
        whole = wide.shape[1 + axis] + pads[2 * axis] + pads[2 * axis + 1]
        if whole != deep.shape[1 + axis] * size:
            return False
    kept = 1 + len(block)
    return batches == deep.shape[0] and wide.shape[kept:] == deep.shape[kept:]


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
    made = blocks_of_spans(wide, deep, inside)
    return made if to_deep else [_reversed(block) for block in made]


def _reversed(block: Block) -> Block:
    axes = tuple(Axis(a.size, a.target, a.source) for a in block.axes)
    return Block(axes, block.target, block.source)


def _batched_shape(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
    """Give the shape after SPACE_TO_BATCH_ND or BATCH_TO_SPACE_ND."""
    known = len(inputs) == 3 and all(t.data and t.dtype == "int32" for t in inputs[1:])
    source = inputs[0].shape
    if not known or inputs[2].elements != 2 * inputs[1].elements:
        return None
    blocks, pads = ([int(v) for v in t.array().reshape(-1)] for t in inputs[1:])
    if len(blocks) >= len(source) or min(blocks) < 1 or min(pads) < 0:
        return None
    both = [pads[2 * n] + pads[2 * n + 1] for n in range(len(blocks))]
    rows = list(zip(source[1:], blocks, both, strict=False))
    rest = source[1 + len(blocks) :]
    if op.kind == "SPACE_TO_BATCH_ND":
        return (source[0] * prod(blocks), *((s + p) // b for s, b, p in rows), *rest)
    shape = (source[0] // prod(blocks), *(s * b - p for s, b, p in rows), *rest)
    return shape if min(shape) > 0 else None


OPDEFS: Final = tuple(
    OpDef(
        kind,
        constraints=(has_three_operands, source_keeps_its_type, blocks_fit, few_moves(blocks_of)),
        lower=rearranged(blocks_of),
        shape=Shapes(opened=_batched_shape),
    )
    for kind, blocks_of in (("BATCH_TO_SPACE_ND", _to_space), ("SPACE_TO_BATCH_ND", _to_batch))
)
