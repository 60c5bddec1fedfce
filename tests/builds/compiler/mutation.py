"""The long mutation run: `python -m tests.builds.compiler.mutation 100000`.

Damages valid models and compiles what is left. Each mutant must be refused with a sentence of ours,
or compile to code that runs under the sanitizers; mutants with equal code are run once. Prints the
figures.
"""

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from builds.compiler import Compiled, CompileError, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.crowd import Crowd
from tests.builds.compiler.models_of_every_kind import small_models
from tests.builds.compiler.mutants import mutants
from tests.builds.compiler.oracle import MODELS

SECONDS_EACH = 10.0  # of a processor, so that a busy machine counts for nothing
BYTES_AT_MOST = 1 << 30
SENTENCE = 1000  # characters at most
PUBLIC_SHARE = 500  # one in so many is of a public model, which takes a hundred times longer
PROGRESS = 2000  # mutants between two lines
TARGETS = ("cortex-m4f", "cortex-m0plus", "rv32imc")


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass
class Figures:
    """What a run has seen."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    slowest: str = ""
    faults: list[str] = field(default_factory=list)
    before_bytes: int = field(default_factory=peak_bytes)

    @property
    def peak_bytes(self) -> int:
        """By how much the most memory that this process ever had has grown."""
        return peak_bytes() - self.before_bytes

    @property
    def good(self) -> bool:
        """No fault, no mutant too slow, no process too large."""
        fast = self.slowest_seconds <= SECONDS_EACH
        return not self.faults and fast and self.peak_bytes <= BYTES_AT_MOST

    def table(self) -> dict[str, object]:
        """Give the figures to print."""
        return {
            **dict(sorted(self.outcomes.items())),
            "faults": self.faults[:20],
            "slowest": self.slowest,
            "slowest_seconds": round(self.slowest_seconds, 3),
            "peak_mib": self.peak_bytes >> 20,
        }


def sources(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Give `count` mutants with the names of the models that they come from."""
    small = small_models()
    public = {p.stem: p.read_bytes() for p in sorted(MODELS.glob("*.tflite"))}
    shares = [(public, count // PUBLIC_SHARE if public else 0)]
    shares.append((small, count - shares[0][1]))
    for models, share in shares:
        for number, (name, model) in enumerate(models.items()):
            part = share // len(models) + (number < share % len(models))
            yield from ((name, m) for m in mutants(model, part, seed + number))


def attempt(mutant: bytes, target: str, figures: Figures) -> Compiled | None:
    """Compile one mutant and note what happened."""
    start = time.process_time()
    try:
        compiled = compile_model(mutant, load_target(target))
    except CompileError as error:
        figures.outcomes[f"refused: {type(error).__name__}"] += 1
        if not str(error).endswith(".") or len(str(error)) > SENTENCE:
            figures.faults.append(f"no sentence: {error}")
        compiled = None
    except Exception as error:
        figures.faults.append(f"{type(error).__name__}: {error}")
        compiled = None
    else:
        figures.outcomes["compiled"] += 1
    figures.slowest_seconds = max(figures.slowest_seconds, time.process_time() - start)
    return compiled


def run(count: int, *, seed: int = 1, progress: bool = False) -> Figures:
    """Try `count` mutants; each that compiles runs under the sanitizers."""
    figures, crowd = Figures(), Crowd()
    for number, (name, mutant) in enumerate(sources(count, seed)):
        seen, slowest = len(figures.faults), figures.slowest_seconds
        compiled = attempt(mutant, TARGETS[number % len(TARGETS)], figures)
        figures.outcomes["mutants"] += 1
        if figures.slowest_seconds > slowest:
            figures.slowest = f"{name} {number}"
        if compiled is not None:
            crowd.add(f"{name} {number}", compiled)
        figures.faults[seen:] = [f"{name} {number}: {text}" for text in figures.faults[seen:]]
        if progress and number % PROGRESS == 0:
            sys.stderr.write(f"{number} of {count}, {crowd.built} models started\n")
    figures.faults += crowd.finish()
    figures.outcomes["different models run under the sanitizers"] = crowd.built
    return figures


def main() -> int:
    """Run as a command; 1 when a mutant did what none may do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = run(given.count, seed=given.seed, progress=True)
    sys.stdout.write(json.dumps(figures.table(), indent=2) + "\n")
    return 0 if figures.good else 1


if __name__ == "__main__":
    sys.exit(main())
