"""CONSTANT, which no file has: an output that is constant is written like any other.

A converter leaves such outputs where a layer gives the same for every input.
"""

from dataclasses import replace
from typing import Final

from builds.compiler.graph import CONSTANT, Graph, Op, Tensor
from builds.compiler.operators.common.blocks import Axis, Block, Move, lower_moves
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.opdef import OpDef


def write_constants(graph: Graph) -> Graph:
    """Give each constant output memory of its own, and an operator that fills it."""
    made: dict[int, Tensor] = {}
    for tensor in graph.outputs:
        if tensor.data is not None and tensor.index not in made:
            index = len(graph.tensors) + len(made)
            made[tensor.index] = replace(tensor, index=index, data=None)
    first = max((op.index for op in graph.ops), default=-1) + 1
    ops = tuple(
        Op(first + number, CONSTANT, 1, (constant,), (copy.index,), {})
        for number, (constant, copy) in enumerate(made.items())
    )
    return replace(
        graph,
        ops=(*graph.ops, *ops),
        tensors=(*graph.tensors, *made.values()),
        outputs=tuple(made.get(t.index, t) for t in graph.outputs),
    )


def lower_constant(op: Op, context: Context) -> LoweredOp:
    """The result is a copy of the operand."""
    source = context.input(op)
    return lower_moves(op, context, [Move(source, 0, Block((Axis(source.elements, 1, 1),)))])


OPDEFS: Final = (
    OpDef(CONSTANT, constraints=(), lower=lower_constant, in_files=False, resolver=None),
)
