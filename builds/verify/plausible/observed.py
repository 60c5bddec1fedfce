"""Ask the reference interpreter what all tensors of a model held, over inputs that drive it far.

Guarantees: equal models and seeds give equal vectors and values; the work is bounded by numbers of
runs, of products and of bytes, never by a clock.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from builds.compiler.errors import CompileError
from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.table import macs_of
from builds.compiler.read.tflite import read_subgraphs
from builds.verify.child import EngineAnswer, run_engine
from builds.verify.errors import EngineAborted, EngineUnavailable
from builds.verify.interface import ITEM_BYTES, Interface, TensorSlot
from builds.verify.plausible.case import Case, Stored
from builds.verify.plausible.operators.table import CARRIERS
from builds.verify.vectors import golden_inputs

SECONDS = 120.0
HELD_BYTES_MAX = 128 * 1024 * 1024  # of tensors, over all vectors
RUN_MACS = 60_000_000  # multiply-accumulates of all tries together
TRIES_MAX = 256
SPARE_MAX = 6  # vectors beyond those that are wanted, to choose among
VECTORS_MAX = 64  # to look at
Key = tuple[int, int]  # subgraph and tensor


@dataclass(frozen=True)
class Looked:
    """Vectors, and what every tensor that is computed held after each."""

    graphs: tuple[Graph, ...]
    vectors: tuple[bytes, ...]
    held: tuple[Mapping[Key, Stored], ...]  # one a vector
    stateful: bool
    tried: int
    aborted: int = 0  # of those that were tried, the interpreter aborts on so many

    def cases(self, vector: int) -> Iterator[tuple[int, Case]]:
        """Give each operator with its values, and the subgraph that it is in."""
        before = self.held[vector - 1] if self.stateful and vector else {}
        for number, graph in enumerate(self.graphs):
            stored = _stored(graph, number, self.held[vector])
            kept = {
                tensor.index: before.get((number, tensor.index), _start(tensor))
                for tensor in graph.tensors
                if tensor.variable
            }
            for op in judged_ops(graph):
                yield number, Case(op, graph, stored, kept)


def judged_ops(graph: Graph) -> list[Op]:
    """Give the operators that compute, in their order."""
    return [op for op in graph.ops if op.kind not in CARRIERS]


def _stored(graph: Graph, number: int, held: Mapping[Key, Stored]) -> dict[int, Stored]:
    found: dict[int, Stored] = {i: value for (at, i), value in held.items() if at == number}
    constants = {t.index: t.array() for t in graph.tensors if t.data is not None}
    return found | constants


def _start(tensor: Tensor) -> Stored:
    """Give what a variable holds at first: zero."""
    return np.full(tensor.elements, tensor.zero_point, np.int64)


def look(model: bytes, interface: Interface, *, vectors: int, seed: int, stateful: bool) -> Looked:
    """Explore a model; raises EngineUnavailable and EngineFailed, as engines do."""
    graphs = _graphs(model)
    watched = _watched(graphs)
    slots = tuple(_slot(graphs[at].tensor(index)) for at, index in watched)
    stride = sum(slot.nbytes for slot in slots)
    spare = 0 if stateful else SPARE_MAX
    count = max(1, min(vectors + spare, VECTORS_MAX, HELD_BYTES_MAX // max(stride, 1)))
    macs = max(1, sum(macs_of(op, graph) for graph in graphs for op in graph.ops))
    tries = 0 if stateful else min(TRIES_MAX, RUN_MACS // macs)
    given = golden_inputs(interface, vectors=count, seed=seed)
    options = {
        "watched": watched,
        "slots": [{"dtype": s.dtype, "zero_point": s.zero_point} for s in interface.inputs],
        "tries": tries,
        "seed": f"{hashlib.sha256(model).hexdigest()}/{seed}",
        "stateful": stateful,
    }
    answer = _ask(model, Interface(interface.inputs, slots), given, options)
    if not answer.facts["found"]:
        raise EngineUnavailable("TensorFlow Lite Micro aborts on every vector")
    held = tuple(
        dict(zip(watched, _parted(slots, data), strict=True))
        for data in answer.outputs[: answer.facts["found"]]
    )
    inputs = _inputs_of(graphs[0], held)
    aborted = int(answer.facts["aborted"])
    return Looked(graphs, inputs, held, stateful, count + tries, aborted)


def _graphs(model: bytes) -> tuple[Graph, ...]:
    """Read a model's graph and those of its loops; of others nothing is left."""
    try:
        graphs = read_subgraphs(model)
    except CompileError as error:
        raise EngineUnavailable(str(error)) from None
    run = {0}
    for graph in graphs:
        loops = [op for op in graph.ops if op.kind == "WHILE"]
        run |= {op.option(name) for op in loops for name in ("condition", "body")}
    return tuple(g if n in run else g.with_ops(()) for n, g in enumerate(graphs))


def _ask(
    model: bytes, interface: Interface, given: Sequence[bytes], options: Mapping[str, Any]
) -> EngineAnswer:
    for probe in (False, True):
        try:
            return run_engine(
                "explore",
                interface,
                given,
                files={"model.tflite": model},
                options={**options, "probe": probe},
                deadline_seconds=SECONDS,
            )
        except EngineAborted:
            if options["stateful"]:
                break
    raise EngineUnavailable("TensorFlow Lite Micro aborts on vectors of this model")


def _watched(graphs: Sequence[Graph]) -> list[Key]:
    """Give all that is computed, and the model's inputs first."""
    found: dict[Key, None] = {(0, tensor.index): None for tensor in graphs[0].inputs}
    for number, graph in enumerate(graphs):
        for op in judged_ops(graph):
            for index in (*op.inputs, *op.outputs):
                if index != ABSENT and graph.tensor(index).data is None:
                    found[number, index] = None
    return list(found)


def _slot(tensor: Tensor) -> TensorSlot:
    if tensor.dtype not in ITEM_BYTES:
        raise EngineUnavailable(f"a tensor has the type {tensor.dtype}")
    return TensorSlot(tensor.name, tensor.dtype, tensor.shape, tensor.scale, tensor.zero_point)


def _parted(slots: Sequence[TensorSlot], data: bytes) -> list[Stored]:
    parts, at = [], 0
    for slot in slots:
        kind = np.dtype(slot.dtype).newbyteorder("<")
        parts.append(np.frombuffer(data, kind, prod(slot.shape), at))
        at += slot.nbytes
    return parts


def _inputs_of(graph: Graph, held: Sequence[Mapping[Key, Stored]]) -> tuple[bytes, ...]:
    return tuple(
        b"".join(values[0, tensor.index].tobytes() for tensor in graph.inputs) for values in held
    )


def outputs_for(looked: Looked, given: bytes) -> bytes | None:
    """Give the model's outputs for an input that was looked at; None where one is not computed."""
    if given not in looked.vectors:
        return None
    held = looked.held[looked.vectors.index(given)]
    found = [held.get((0, tensor.index)) for tensor in looked.graphs[0].outputs]
    return (
        None
        if any(v is None for v in found)
        else b"".join(v.tobytes() for v in found if v is not None)
    )
