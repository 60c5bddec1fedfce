"""The finished memory plan, as the emitter, the report and the console read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from builds.compiler.graph import Graph
from builds.compiler.operators.common.lowered_op import LoweredOp
from builds.compiler.plan.drawing import draw
from builds.compiler.plan.place import direction, lower_bound, peak_of, place
from builds.compiler.plan.problem import Piece, Problem, align, make_problem

ARENA_ALIGNMENT = 8  # bytes; the peak is rounded up to it


@dataclass(frozen=True)
class PlacedTensor:
    """One block of the arena; `first` and `last` are step numbers, -1 before the first step."""

    name: str
    offset: int
    size: int
    first: int
    last: int
    scratch: bool


@dataclass(frozen=True)
class MemoryPlan:
    """Offsets and the figures of a model's memory."""

    peak_bytes: int
    lower_bound_bytes: int
    overlapped: int
    drawing: str
    tensors: tuple[PlacedTensor, ...]
    offsets: Mapping[int, int]
    backward: frozenset[int]

    @property
    def optimal(self) -> bool:
        """No plan that keeps the order of operators can need less."""
        return self.peak_bytes <= align(self.lower_bound_bytes, ARENA_ALIGNMENT)


def make_plan(graph: Graph, steps: Sequence[LoweredOp], *, kept_inputs: bool = False) -> MemoryPlan:
    """Plan the memory of a sequence of steps; with `kept_inputs` none writes over an input."""
    problem = make_problem(graph, steps, kept_inputs=kept_inputs)
    offsets = place(problem)
    tensors = tuple(_placed(b, offsets) for b in problem.blocks)
    peak = align(peak_of(problem, offsets), ARENA_ALIGNMENT)
    overlapped, backward = _overlaps(problem, offsets)
    return MemoryPlan(
        peak,
        align(lower_bound(problem), ARENA_ALIGNMENT),
        overlapped,
        draw([(t.name, t.offset, t.size, t.first, t.last) for t in tensors], peak, len(steps)),
        tensors,
        offsets,
        backward,
    )


def _placed(block: Piece, offsets: Mapping[int, int]) -> PlacedTensor:
    return PlacedTensor(
        block.name, offsets[block.key], block.size, block.first, block.last, block.key < 0
    )


def _overlaps(problem: Problem, offsets: Mapping[int, int]) -> tuple[int, frozenset[int]]:
    """Count the overlaps in use, and name the outputs that must be made in reverse order."""
    sizes = {b.key: b.size for b in problem.blocks}
    used = [
        (target, direction(reuse, offsets[source], offsets[target]))
        for (source, target), reuse in problem.reuse.items()
        if offsets[source] < offsets[target] + sizes[target]
        and offsets[target] < offsets[source] + sizes[source]
    ]
    return len(used), frozenset(t for t, way in used if way == "backward")
