"""FULLY_CONNECTED whose weights are computed is a product of two matrices.

A converter writes a product of activations of two dimensions so, as attention without heads has it.

Guarantees: the arithmetic is the same; an operator with a bias or an activation stays as it is.
"""

from dataclasses import replace

from builds.compiler.graph import ABSENT, Graph, Op

_TRANSPOSED = {"adj_x": False, "adj_y": True}


def join_products(graph: Graph) -> Graph:
    """Write each such operator as what it is."""
    return graph.with_ops(tuple(_product(op) if _is(op, graph) else op for op in graph.ops))


def _is(op: Op, graph: Graph) -> bool:
    if op.kind != "FULLY_CONNECTED" or len(op.inputs) not in (2, 3) or ABSENT in op.inputs[:2]:
        return False
    plain = op.inputs[2:] in ((), (ABSENT,)) and op.options.get("activation", 0) == 0
    return plain and graph.tensor(op.inputs[1]).data is None


def _product(op: Op) -> Op:
    return replace(op, kind="BATCH_MATMUL", inputs=op.inputs[:2], options=_TRANSPOSED)
