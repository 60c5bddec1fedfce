"""Names of tensors that follow from the operators alone.

A converter numbers layers as it meets them, so two trainings of one network name them differently.
"""

from dataclasses import replace

from builds.compiler.graph import Graph, Tensor


def forget_names(graph: Graph) -> Graph:
    """Name each tensor after the kind of operator that writes it."""
    kinds = {index: op.kind.lower() for op in graph.ops for index in op.outputs}

    def renamed(tensor: Tensor) -> Tensor:
        return replace(tensor, name=kinds.get(tensor.index, "given"))

    return replace(
        graph,
        tensors=tuple(renamed(tensor) for tensor in graph.tensors),
        inputs=tuple(renamed(tensor) for tensor in graph.inputs),
        outputs=tuple(renamed(tensor) for tensor in graph.outputs),
    )
