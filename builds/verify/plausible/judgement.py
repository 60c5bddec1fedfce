"""The fourth witness of a proof: real numbers, operator by operator.

Where the reference interpreter itself leaves what rounding explains, equality with it proves
nothing; the witness says where, and by how much.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from builds.compiler.graph import Op, short
from builds.compiler.operators.table import macs_of
from builds.verify.plausible.case import Case
from builds.verify.plausible.judge import JudgedOp, judge
from builds.verify.plausible.observed import Looked, judged_ops

JUDGED_MACS = 200_000_000  # multiply-accumulates that are done again, in double precision
Place = tuple[int, int, int]  # subgraph, operator, output


@dataclass(frozen=True)
class Beyond:
    """An operator whose result leaves what rounding explains."""

    operator: int
    kind: str
    tensor: str
    off: float  # the largest difference, in steps of the output or, of real numbers, in units
    share: float  # of the elements, over all vectors that were judged
    vector: int  # where the difference is largest
    step: float  # what a step is worth, 0 where the output has no scale

    @property
    def sentence(self) -> str:
        """What is wrong, for people."""
        unit = f"steps of {self.step:.4g}" if self.step else "units"
        return (
            f"{self.kind} (operator {self.operator}) that makes tensor {self.tensor!r} is off by "
            f"{self.off:,.0f} {unit} in {self.share:.0%} of its elements"
        )


@dataclass(frozen=True)
class Plausible:
    """What the witness found."""

    vectors: int  # that were judged
    operators: int
    beyond: tuple[Beyond, ...]
    notes: tuple[str, ...]  # what is odd, and the same in every interpreter
    not_judged: tuple[str, ...]  # kinds of operators


@dataclass
class Judgement:
    """What the witness found, and the exact results that it worked out on the way."""

    found: Plausible
    exact: list[Mapping[Place, NDArray[np.float64]]] = field(default_factory=list)


@dataclass
class _Tally:
    """One output over all vectors."""

    off: float = 0.0
    vector: int = 0
    beyond: int = 0
    elements: int = 0


def judge_all(looked: Looked) -> Judgement:
    """Judge every operator, on as many vectors as the work allows."""
    macs = sum(macs_of(op, graph) for graph in looked.graphs for op in judged_ops(graph))
    count = min(len(looked.vectors), max(1, JUDGED_MACS // max(macs, 1)))
    tallies: dict[Place, _Tally] = {}
    notes: dict[str, None] = {}
    if looked.aborted:
        notes[
            f"TensorFlow Lite Micro aborts on {looked.aborted} of {looked.tried} inputs that were "
            "tried; the proof takes others."
        ] = None
    silent: set[str] = set()
    exact: list[Mapping[Place, NDArray[np.float64]]] = []
    for vector in range(count):
        worked: dict[Place, NDArray[np.float64]] = {}
        for graph, case in looked.cases(vector):
            outputs = _judged(case, inside=graph > 0)
            if outputs is None:
                silent.add(case.op.kind)
            for number, judged in enumerate(outputs or ()):
                place = (graph, case.op.index, number)
                worked[place] = judged.exact
                _add(tallies.setdefault(place, _Tally()), judged, vector)
                if judged.note:
                    notes[f"{_label(case)} {judged.note}."] = None
        exact.append(worked)
    beyond = tuple(_beyond(looked, place, t) for place, t in tallies.items() if t.beyond)
    total = sum(len(judged_ops(graph)) for graph in looked.graphs)
    found = Plausible(count, total, beyond, tuple(notes), tuple(sorted(silent)))
    return Judgement(found, exact)


def _judged(case: Case, *, inside: bool) -> tuple[JudgedOp, ...] | None:
    """Judge an operator; `inside` a loop a file may leave shapes open, of which nothing is said."""
    try:
        return judge(case)
    except ValueError:
        if inside:
            return None
        raise


def _add(tally: _Tally, judged: JudgedOp, vector: int) -> None:
    tally.elements += judged.beyond.size
    tally.beyond += int(np.count_nonzero(judged.beyond))
    worst = float(judged.beyond.max(initial=0.0))
    if worst > tally.off:
        tally.off, tally.vector = worst, vector


def _label(case: Case) -> str:
    return f"{case.op.label} that makes tensor {short(case.target().name)!r}"


def _beyond(looked: Looked, place: Place, tally: _Tally) -> Beyond:
    graph = looked.graphs[place[0]]
    op: Op = next(op for op in graph.ops if op.index == place[1])
    tensor = graph.tensor(op.outputs[place[2]])
    return Beyond(
        operator=op.index,
        kind=op.kind,
        tensor=short(tensor.name),
        off=tally.off,
        share=tally.beyond / tally.elements,
        vector=tally.vector,
        step=tensor.scale,
    )
