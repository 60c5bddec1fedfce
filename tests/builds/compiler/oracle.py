"""Compiles a model and compares it with TFLM on the host.

And with the target's machine code where asked. What is built for the host runs on the host itself;
that its emulated CPU agrees is asked by the tests of the emulators.
"""

import tempfile
from pathlib import Path

from builds.compiler import Compiled, Recipe, compile_model
from builds.targets import Target
from builds.targets.catalog import load_target
from builds.verify import Proof, prove
from builds.verify.engines import ENGINES

HOST = "linux-x86_64"
FIRST = ("tflm", "host")
ALL = tuple(ENGINES)
MODELS = Path(__file__).resolve().parents[4] / "shared" / "models"


def proved(
    model: bytes, target: str = HOST, *, vectors: int = 5, recipe: str = "balanced"
) -> Proof:
    """Prove a model for a target."""
    described = load_target(target)
    compiled = compile_model(model, described, recipe=Recipe(recipe))
    found = _proof(model, compiled, described, vectors, FIRST if target == HOST else ALL)
    # Where TFLM has no such operator, the emulated CPU is the second engine.
    if target == HOST and found.engines["tflm"] is None:
        found = _proof(model, compiled, described, vectors, ALL)
    return found


def _proof(
    model: bytes, compiled: Compiled, target: Target, vectors: int, engines: tuple[str, ...]
) -> Proof:
    with tempfile.TemporaryDirectory(prefix="edgefleet-test-") as folder:
        return prove(
            model, compiled, target, vectors=vectors, workdir=Path(folder), engines=engines
        )


def assert_equal(
    model: bytes, target: str = HOST, *, vectors: int = 5, recipe: str = "balanced"
) -> None:
    """Fail with the first difference when two engines disagree."""
    proof = proved(model, target, vectors=vectors, recipe=recipe)
    assert proof.engines["tflm"], proof.reasons
    assert proof.engines["host"], proof.reasons
    assert proof.equal, proof.first_difference
