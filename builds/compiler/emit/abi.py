"""The ABI of a section of weights: what code and weights must agree on.

Graph, shapes and layout: operators with their options and the way they are joined, the shapes of
all tensors, the loops that the weights were laid out for, and the fields with their sizes. No name
of the model, no value, no place in memory: those may differ under one ABI.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.kernels.lowering.step import Array, Step

# What the fields of a kernel mean. Raise it when a kernel reads its constants in another way, so
# that code in the field refuses weights that were laid out for the new one.
LAYOUT = 1


def abi_of(graph: Graph, steps: Sequence[Step], fields: Sequence[Array]) -> bytes:
    """Give a SHA-256 over a canonical description."""
    numbers = _numbers(graph)
    document = {
        "layout": LAYOUT,
        "inputs": [_shape(tensor) for tensor in graph.inputs],
        "outputs": [_shape(tensor) for tensor in graph.outputs],
        "operators": [_operator(graph, op, numbers) for op in graph.ops],
        "loops": [list(step.runtime) for step in steps],
        "fields": [[field.name, field.ctype, int(field.values.size)] for field in fields],
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _numbers(graph: Graph) -> dict[int, int]:
    """Number tensors as the operators meet them: a file may hold them in any order."""
    met = [tensor.index for tensor in graph.inputs]
    met += [index for op in graph.ops for index in (*op.inputs, *op.outputs) if index != ABSENT]
    return {index: number for number, index in enumerate(dict.fromkeys(met))}


def _operator(graph: Graph, op: Op, numbers: dict[int, int]) -> list[Any]:
    given = [graph.operand(op, position) for position in range(len(op.inputs))]
    made = [graph.tensor(index) for index in op.outputs]
    return [
        op.kind,
        dict(op.options),
        [numbers.get(index, ABSENT) for index in (*op.inputs, *op.outputs)],
        [_shape(tensor) if tensor else None for tensor in (*given, *made)],
    ]


def _shape(tensor: Tensor) -> list[Any]:
    return [tensor.dtype, list(tensor.shape), tensor.data is not None, tensor.variable]
