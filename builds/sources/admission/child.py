"""The jailed child of admission: reads `model.tflite` in the work folder and leaves
what it is."""

import sys
from pathlib import Path
from typing import Any, Final

from builds.compiler import check_ops, read_graph
from builds.compiler.errors import CompileError
from builds.compiler.graph import Graph, Tensor
from builds.jailed.ending import leave_result
from builds.recipes.quantize.protocol import JobFile
from builds.targets import all_targets

REASONS_MAX: Final = 20


def main() -> int:
    """Read the file of the current folder."""
    return leave_result(lambda: outline(Path(JobFile.TFLITE).read_bytes()), refused=(CompileError,))


def outline(model: bytes) -> dict[str, Any]:
    """Inputs, outputs and operators of a model; or the reasons why no target can run it.

    Raises CompileError for a file that is not a model that we read.
    """
    graph = read_graph(model)
    if reasons := _reasons(graph):
        return {"reasons": reasons}
    return {"io_schema": _io_schema(graph), "ops": _ops(graph)}


def _reasons(graph: Graph) -> list[str]:
    """Sentences that hold for every target: a model that one target can run is welcome."""
    found = [check_ops(graph, target) for target in all_targets()]
    common = [text for text in found[0] if all(text in others for others in found)]
    return (common or found[0])[:REASONS_MAX] if all(found) else []


def _io_schema(graph: Graph) -> dict[str, list[dict[str, Any]]]:
    return {
        "inputs": [_tensor(tensor) for tensor in graph.inputs],
        "outputs": [_tensor(tensor) for tensor in graph.outputs],
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
    }


def _ops(graph: Graph) -> dict[str, int]:
    kinds = [op.kind for op in graph.ops]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


if __name__ == "__main__":
    sys.exit(main())
