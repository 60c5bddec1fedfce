"""The memory problem of a model: what lives when, and which pairs may overlap. Pure data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from builds.compiler.graph import Graph
from builds.compiler.operators.common.lowered_op import LoweredOp, Reuse

ALIGNMENT = 4  # bytes, of every tensor
SCRATCH_ALIGNMENT = 16


@dataclass(frozen=True)
class Piece:
    """A piece of memory with a lifetime in steps, both ends included.

    Scratch has a negative key.
    """

    key: int
    name: str
    size: int
    first: int
    last: int
    alignment: int = ALIGNMENT


@dataclass(frozen=True)
class Problem:
    """Blocks to place; `reuse` holds, by (source, target), the overlap that is safe."""

    blocks: tuple[Piece, ...]
    reuse: Mapping[tuple[int, int], Reuse]
    steps: int


def scratch_key(step: int) -> int:
    """Give the key of a step's scratch block."""
    return -1 - step


def align(value: int, to: int = ALIGNMENT) -> int:
    """Round up to a multiple."""
    return -(-value // to) * to


def make_problem(graph: Graph, steps: Sequence[LoweredOp], *, kept_inputs: bool = False) -> Problem:
    """Work out lifetimes; an overlap counts only where its source dies; a kept input never does."""
    first: dict[int, int] = {graph.storage(t.index): -1 for t in graph.inputs}
    last: dict[int, int] = dict.fromkeys(first, -1)
    for number, step in enumerate(steps):
        for index in (*step.inputs, *step.outputs):
            key = graph.storage(index)
            first.setdefault(key, number)
            last[key] = number
    kept = (*graph.outputs, *graph.inputs) if kept_inputs else graph.outputs
    last |= {graph.storage(t.index): len(steps) for t in kept}
    for key in first:
        if graph.tensor(key).variable:  # it keeps its value from one run to the next
            first[key], last[key] = -1, len(steps)
    blocks = [
        Piece(k, graph.tensor(k).name, align(graph.tensor(k).size_bytes), first[k], last[k])
        for k in sorted(first)
    ]
    blocks += [_scratch(n, s) for n, s in enumerate(steps) if s.scratch_bytes]
    return Problem(tuple(blocks), _reuses(steps, first, last), len(steps))


def _scratch(number: int, step: LoweredOp) -> Piece:
    size = align(step.scratch_bytes, SCRATCH_ALIGNMENT)
    key = scratch_key(number)
    return Piece(key, f"scratch of {step.name}", size, number, number, SCRATCH_ALIGNMENT)


def _reuses(
    steps: Sequence[LoweredOp], first: Mapping[int, int], last: Mapping[int, int]
) -> dict[tuple[int, int], Reuse]:
    found: dict[tuple[int, int], Reuse] = {}
    for number, step in enumerate(steps):
        for reuse in step.reuse:
            dies = last[reuse.source] == number and first[reuse.target] == number
            if dies and reuse.source != reuse.target:
                found[reuse.source, reuse.target] = reuse
    return found
