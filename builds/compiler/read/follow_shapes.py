"""Shapes that the file leaves open: a RESHAPE to a size that is worked out, and what follows it.

A converter that does not know the batch size writes 1 for each size that it does not know. What a
RESHAPE or SPACE_TO_BATCH_ND makes is known once its other operands are; layers and elementwise
operators carry the shape on, until an operator to a known shape ends it. A declaration says how
(`builds.compiler.operators.shapes`).
"""

from dataclasses import replace

from builds.compiler.graph import ABSENT, Op, Tensor
from builds.compiler.operators.shapes import Shape
from builds.compiler.operators.table import OPDEFS


def follow_shape(op: Op, tensors: list[Tensor], changed: set[int]) -> None:
    """Correct the shape of what an operator makes; `changed` holds the tensors corrected so far."""
    if len(op.outputs) != 1 or not op.inputs or ABSENT in op.inputs[:1]:
        return
    target = tensors[op.outputs[0]]
    shape = _shape(op, tensors, changed)
    if shape is not None and shape != target.shape and target.data is None:
        tensors[target.index] = replace(target, shape=shape)
        changed.add(target.index)


def _shape(op: Op, tensors: list[Tensor], changed: set[int]) -> Shape | None:
    if op.kind not in OPDEFS:
        return None
    shapes, inputs = OPDEFS[op.kind].shape, [tensors[i] for i in op.inputs if i != ABSENT]
    if shapes.opened:
        return shapes.opened(op, inputs)
    if shapes.carried and changed.intersection(op.inputs):
        return shapes.carried(op, inputs, tensors[op.outputs[0]])
    return None
