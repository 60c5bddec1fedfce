"""The reference of classical models: an evaluator in plain Python, in a jailed child."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from builds.compiler import Graph, Op, Tensor, read_graph
from builds.compiler.graph.opcodes import OWN
from builds.compiler.operators.reductions.classical import distances, trees
from builds.verify.child import EngineAnswer, run_engine
from builds.verify.errors import EngineUnavailable
from builds.verify.subject import Subject

SECONDS: Final = 300.0
NAMES: Final = {"EDGEFLEET_TREES": trees.NAMES, "EDGEFLEET_DISTANCES": distances.NAMES}


def is_classical(graph: Graph) -> bool:
    """Whether a model has operators of our own alone."""
    return bool(graph.ops) and all(op.kind in OWN for op in graph.ops)


def run_reference(subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
    """Ask the evaluator. Raises EngineUnavailable for another kind of model, EngineFailed."""
    graph = read_graph(subject.model)
    if not is_classical(graph):
        raise EngineUnavailable("it evaluates models of classical operators alone")
    return run_engine(
        "classical",
        subject.interface,
        inputs,
        files={"network.json": json.dumps(network_of(graph)).encode()},
        options={},
        deadline_seconds=SECONDS,
    )


def network_of(graph: Graph) -> Mapping[str, Any]:
    """Give a model as the evaluator reads it."""
    return {
        "inputs": [_slot(tensor) for tensor in graph.inputs],
        "outputs": [_slot(tensor) for tensor in graph.outputs],
        "ops": [_op(op, graph) for op in graph.ops],
    }


def _op(op: Op, graph: Graph) -> Mapping[str, Any]:
    found = dict(zip(NAMES[op.kind], map(graph.tensor, op.inputs), strict=True))
    constants: dict[str, Any] = {
        name: t.array().reshape(-1).tolist() for name, t in found.items() if name != "x"
    }
    if "leaves" in found:
        constants["rows"] = found["leaves"].shape[0]
    return {
        "kind": op.kind,
        "x": op.inputs[0],
        "y": _slot(graph.tensor(op.outputs[0])),
        "constants": constants,
    }


def _slot(tensor: Tensor) -> Mapping[str, Any]:
    return {
        "index": tensor.index,
        "dtype": tensor.dtype,
        "elements": tensor.elements,
        "zero_point": tensor.zero_point,
    }
