"""Shapes that the file leaves open: a RESHAPE to a size that is worked out, and what follows it.

A converter that does not know the batch size writes 1 for each size that it does not know. What a
RESHAPE or SPACE_TO_BATCH_ND makes is known once its other operands are; layers and elementwise
operators carry the shape on, until an operator to a known shape ends it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Final

from builds.compiler.graph import ABSENT, Op, Tensor

ELEMENTWISE: Final = frozenset(
    """ABS ADD CAST DEQUANTIZE DIV ELU EQUAL EXP GELU GREATER GREATER_EQUAL HARD_SWISH LEAKY_RELU
    LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC MAXIMUM MINIMUM MUL NEG
    NOT_EQUAL PRELU QUANTIZE RELU RELU6 RELU_N1_TO_1 RSQRT SELECT_V2 SOFTMAX SQRT
    SQUARED_DIFFERENCE SUB TANH ZEROS_LIKE""".split()
)
_IMAGES: Final = frozenset("AVERAGE_POOL_2D CONV_2D DEPTHWISE_CONV_2D MAX_POOL_2D".split())
Shape = tuple[int, ...]


def follow_shape(op: Op, tensors: list[Tensor], changed: set[int]) -> None:
    """Correct the shape of what an operator makes; `changed` holds the tensors corrected so far."""
    if len(op.outputs) != 1 or not op.inputs or ABSENT in op.inputs[:1]:
        return
    target = tensors[op.outputs[0]]
    inputs = [tensors[i] for i in op.inputs if i != ABSENT]
    rule = _RULES.get(op.kind)
    shape = rule(op, inputs) if rule else _carried(op, inputs, changed)
    if shape is None and op.kind in _IMAGES and op.inputs[0] in changed and target.shape:
        shape = (inputs[0].shape[0], *target.shape[1:])
    if shape is not None and shape != target.shape and target.data is None:
        tensors[target.index] = replace(target, shape=shape)
        changed.add(target.index)


def _reshaped(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
    if len(inputs) != 2 or inputs[1].data is None or inputs[1].dtype != "int32":
        return None
    sizes = [int(v) for v in inputs[1].array().reshape(-1)]
    known = prod(s for s in sizes if s != -1)
    if sizes.count(-1) == 1 and known > 0 and inputs[0].elements % known == 0:
        sizes[sizes.index(-1)] = inputs[0].elements // known
    return tuple(sizes) if min(sizes, default=1) > 0 and prod(sizes) == inputs[0].elements else None


def _sliced(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
    """Give the shape of a slice, which may be empty in the first or the last turn of a loop."""
    known = len(inputs) == 3 and all(t.data and t.dtype == "int32" for t in inputs[1:])
    if not known:
        return None
    begins, sizes = ([int(v) for v in t.array().reshape(-1)] for t in inputs[1:])
    if len(begins) != len(inputs[0].shape) or len(sizes) != len(begins):
        return None
    rows = zip(inputs[0].shape, begins, sizes, strict=True)
    shape = tuple(whole - first if size == -1 else size for whole, first, size in rows)
    return shape if min(shape, default=0) >= 0 else None


def _to_batches(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
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


def _expanded(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
    if len(inputs) != 2 or inputs[1].data is None or inputs[1].dtype != "int32":
        return None
    shape, axis = inputs[0].shape, int(inputs[1].array().reshape(-1)[0])
    rank = len(shape) + 1
    at = axis % rank
    return (*shape[:at], 1, *shape[at:]) if -rank <= axis < rank else None


_RULES: Final[Mapping[str, Callable[[Op, Sequence[Tensor]], Shape | None]]] = {
    "BATCH_TO_SPACE_ND": _to_batches,
    "EXPAND_DIMS": _expanded,
    "RESHAPE": _reshaped,
    "SLICE": _sliced,
    "SPACE_TO_BATCH_ND": _to_batches,
}


def _carried(op: Op, inputs: Sequence[Tensor], changed: set[int]) -> Shape | None:
    if not changed.intersection(op.inputs):
        return None
    if op.kind == "FULLY_CONNECTED" and len(inputs) > 1 and len(inputs[1].shape) == 2:
        filters, depth = inputs[1].shape
        return (inputs[0].elements // depth, filters)
    return broadcast([t.shape for t in inputs]) if op.kind in ELEMENTWISE else None


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Give the shape of all together; whether they fit is for the checks to judge."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(s)) + s for s in shapes]
    return tuple(max(sizes) for sizes in zip(*padded, strict=True))
