"""An output that is a constant is written by an operator like any other.

A converter leaves such outputs where a layer gives the same for every input.
"""

from dataclasses import replace

from builds.compiler.graph import CONSTANT, Graph, Op, Tensor


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
