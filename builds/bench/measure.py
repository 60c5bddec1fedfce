"""One benchmark row: compile, build and prove one model for one target, with the clock running."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from builds.bench.limits import MeasuredNumbers
from builds.compiler import Recipe, compile_model
from builds.targets import load_target
from builds.toolchain import build_library
from builds.verify import prove


@dataclass(frozen=True)
class BenchRow:
    """What one build came to."""

    target: str
    model: str
    numbers: MeasuredNumbers
    macs: int
    bound_bytes: int  # of RAM: no plan can be smaller
    stack_bytes: int | None
    equal: bool
    difference: str | None
    build_seconds: float
    prove_seconds: float

    @property
    def per_mac(self) -> float | None:
        """Instructions for each multiply-accumulate."""
        if self.numbers.instructions is None or not self.macs:
            return None
        return self.numbers.instructions / self.macs


def measure(
    path: Path,
    target_name: str,
    *,
    vectors: int,
    compiler: str = "clang",
    recipe: Recipe = Recipe.BALANCED,
) -> BenchRow:
    """Build by a recipe and prove with the golden vectors."""
    target, model = load_target(target_name), path.read_bytes()
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-") as name:
        folder = Path(name)
        start = time.perf_counter()
        compiled = compile_model(model, target, recipe=recipe)
        library = build_library(
            compiled.files, target, folder, cflags=compiled.cflags, compiler=compiler
        )
        built = time.perf_counter()
        proof = prove(model, compiled, target, vectors=vectors, workdir=folder, compiler=compiler)
        proved = time.perf_counter()
    return BenchRow(
        target=target_name,
        model=path.stem,
        numbers=MeasuredNumbers(
            flash=library.code_bytes + library.weights_bytes,
            ram=library.bss_bytes,
            instructions=proof.instructions,
        ),
        macs=compiled.macs,
        bound_bytes=compiled.plan.lower_bound_bytes,
        stack_bytes=proof.stack_bytes,
        equal=proof.equal and all(proof.engines.values()),
        difference=proof.first_difference,
        build_seconds=built - start,
        prove_seconds=proved - built,
    )
