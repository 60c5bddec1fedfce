"""What a proof looks at: vectors that reach far, what they reach, and what real numbers say there.

Guarantees: equal models and seeds give equal vectors; a model that the reference interpreter does
not take is proved with vectors that are the same for every model of its inputs, and the reason is
told.
"""

from dataclasses import dataclass, field, replace

from builds.compiler import read_graph
from builds.verify.classical.vectors import on_thresholds
from builds.verify.coverage import Coverage, choose
from builds.verify.errors import EngineFailed, EngineUnavailable
from builds.verify.plausible import Plausible, judge_all, look, outputs_for
from builds.verify.subject import Subject
from builds.verify.vectors import golden_inputs


@dataclass(frozen=True)
class Seen:
    """The vectors of a proof, and what was found on the way to them."""

    inputs: tuple[bytes, ...] = field(repr=False)
    coverage: Coverage | None = None  # None where nobody could look
    plausible: Plausible | None = None
    reason: str = ""  # why nobody could
    outputs: tuple[bytes | None, ...] = field(default=(), repr=False)  # of the interpreter as it is


def see(subject: Subject, *, vectors: int, seed: int) -> Seen:
    """Choose the vectors, and judge the reference interpreter on them."""
    standard = tuple(golden_inputs(subject.interface, vectors=vectors, seed=seed))
    if subject.classical:
        sides = on_thresholds(read_graph(subject.model), standard, seed)
        return Seen(sides, reason="its operators are EdgeFleet's own")
    try:
        looked = look(
            subject.model,
            subject.interface,
            vectors=vectors,
            seed=seed,
            stateful=subject.stateful,
        )
    except (EngineUnavailable, EngineFailed) as error:
        return Seen(standard, reason=str(error))
    judgement = judge_all(looked)
    chosen = choose(looked, judgement, vectors)
    inputs = (*chosen.vectors, *standard[len(chosen.vectors) :])
    found = Seen(inputs, chosen.coverage, judgement.found)
    return replace(found, outputs=tuple(outputs_for(looked, given) for given in inputs))
