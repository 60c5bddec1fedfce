"""What a network is made of, operator by operator, so that two of them can be laid side by side.

Guarantees: equal graphs give equal lists; a weight is told by its digest, never by its bytes.
"""

import hashlib
from typing import Any, Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor

OPERATORS_MAX: Final = 400  # that are told; a page shows no more


def anatomy(graph: Graph) -> list[dict[str, Any]]:
    """Return each operator with the shape and scale of what it gives, and its constants."""
    return [_operator(graph, op) for op in graph.ops[:OPERATORS_MAX]]


def _operator(graph: Graph, op: Op) -> dict[str, Any]:
    given = graph.tensors[op.outputs[0]] if op.outputs else None
    constants = [graph.tensors[index] for index in op.inputs if index != ABSENT]
    told: dict[str, Any] = {"kind": op.kind}
    if given is not None:
        told |= {"shape": list(given.shape), "dtype": given.dtype}
        if len(given.scales) == 1:
            told |= {"scale": given.scale, "zero_point": given.zero_point}
    told["weights"] = [_constant(tensor) for tensor in constants if tensor.data is not None]
    return told


def _constant(tensor: Tensor) -> dict[str, Any]:
    return {
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "scales": len(tensor.scales),
        "sha256": hashlib.sha256(tensor.data or b"").hexdigest(),
    }
